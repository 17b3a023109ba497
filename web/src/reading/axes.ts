/** Tells the axes of an array of points apart, as `tora_core/paths/axes.py` does. */

import type { Shown } from "./path";

const SHORTEST_VIDEO = 9;

/** Reads lists of equal lengths `[A][B][2]` or `[1][A][B][2]` as an array; null for other lists and for few paths. */
export function readNumberArray(list: readonly unknown[]): Shown[][] | null {
  let data = list;
  while (data.length === 1 && Array.isArray(data[0]) && Array.isArray(data[0][0])) data = data[0] as unknown[];
  const width = Array.isArray(data[0]) ? data[0].length : 0;
  if (data.length < SHORTEST_VIDEO || width === 0) return null;
  const isNumber = (value: unknown): boolean => value === null || typeof value === "number";
  const fits = data.every(
    (row) =>
      Array.isArray(row) && row.length === width &&
      row.every((point: unknown) => Array.isArray(point) && point.length === 2 && point.every(isNumber)),
  );
  if (!fits) return null;
  return (data as (number | null)[][][]).map((row) =>
    row.map(([x, y]): Shown => (x === null || y === null || Number.isNaN(x) || Number.isNaN(y) ? null : [x!, y!])),
  );
}

/** Orders an array as paths, `[N][T]`. Time is the axis along which points move in small steps. */
export function orderAxes(array: Shown[][], frames: number | null): { paths: Shown[][]; notes: string[] } {
  const [rows, columns] = [array.length, array[0]!.length];
  const turned = array[0]!.map((_, column) => array.map((row) => row[column]!));
  const note = [`read as ${rows} frames of ${columns} path(s), because points move little from row to row`];
  if (columns === 1) return { paths: turned, notes: note };
  if (rows < SHORTEST_VIDEO) return { paths: array, notes: [] };
  const [down, across] = [meanStep(turned), meanStep(array)];
  const factor = rows === frames && rows !== columns ? 1 : 2;
  if (down * factor < across) return { paths: turned, notes: note };
  if (across * 2 < down || (across < down && columns === frames && rows !== columns)) return { paths: array, notes: [] };
  throw new Error(
    `expected to know which axis is time, got ${rows} rows of ${columns} points that move ${down.toPrecision(3)} from ` +
      `row to row and ${across.toPrecision(3)} along a row: write {"track_path": [frames][paths][x, y]} or ` +
      '{"paths": [{"points": [[x, y], ...]}, ...]}',
  );
}

function meanStep(lines: Shown[][]): number {
  let [sum, count] = [0, 0];
  for (const line of lines) {
    for (let i = 1; i < line.length; i += 1) {
      const [a, b] = [line[i - 1], line[i]];
      if (!a || !b) continue;
      sum += Math.hypot(b[0] - a[0], b[1] - a[1]);
      count += 1;
    }
  }
  return count > 0 ? sum / count : 0;
}
