/** Reads points that have names for their values, as `tora_core/paths/records.py` does. */

import { reading, timePoints, type DrawnPath, type Reading, type Shown } from "./path";
import { FORMS, quote } from "./typed";

export const MAX_PATHS = 1024;
export const TIME_KEYS = ["frame", "t", "time", "frame_number", "frame_index", "frame_id", "seconds"];
export const VISIBLE_KEYS = ["visible", "visibility", "confidence", "likelihood"];
export const HIDDEN_KEYS = ["occluded", "hidden"];
export const TRACK_KEYS = ["track", "track_id", "path", "path_id", "point_id", "object", "object_id", "trajectory", "id"];
export const VISIBLE_FROM = 0.5;
const FLAGS: Record<string, number> = { true: 1, false: 0, yes: 1, no: 0 };

export type Fields = Record<string, unknown>;

export function buildPath(records: readonly Fields[], number: number): { path: DrawnPath; notes: string[] } {
  const unit = TIME_KEYS.find((key) => records.some((record) => (record[key] ?? null) !== null)) ?? "frame";
  const times: (number | null)[] = [];
  const points = records.map((record, i): Shown => {
    const [x, y] = [toNumber(record.x, number, i + 1, "x"), toNumber(record.y, number, i + 1, "y")];
    const time = record[unit] ?? null;
    times.push(time === null ? null : toNumber(time, number, i + 1, unit));
    const shown =
      VISIBLE_KEYS.every((key) => !(key in record) || toNumber(record[key], number, i + 1, key) >= VISIBLE_FROM) &&
      HIDDEN_KEYS.every((key) => !(key in record) || toNumber(record[key], number, i + 1, key) < VISIBLE_FROM);
    return shown && !Number.isNaN(x) && !Number.isNaN(y) ? [x, y] : null;
  });
  return timePoints(points, number, times, unit);
}

/** Groups records by the path that they name, in the order of their first points. */
export function groupRecords(records: readonly Fields[]): Reading {
  const groups = new Map<string, Fields[]>();
  for (const record of records) {
    const key = Object.keys(record).find((name) => TRACK_KEYS.includes(name));
    const name = key === undefined ? "" : String(record[key]);
    groups.set(name, [...(groups.get(name) ?? []), record]);
  }
  checkPathCount(groups.size);
  const whole = reading();
  [...groups.values()].forEach((group, i) => {
    const { path, notes } = buildPath(group, i + 1);
    whole.paths.push(path);
    whole.notes.push(...notes);
  });
  return whole;
}

export function checkPathCount(count: number): void {
  if (count > MAX_PATHS) {
    throw new Error(
      `expected at most ${MAX_PATHS} paths, got ${count}: keep one of every ${Math.ceil(count / MAX_PATHS)}`,
    );
  }
}

/** Reads a number; null is NaN. `number` and `index` name the path and the point, for errors. */
export function toNumber(value: unknown, number: number, index: number, name: string): number {
  if (value === null || value === undefined) return NaN;
  let found = value;
  if (VISIBLE_KEYS.includes(name) || HIDDEN_KEYS.includes(name)) {
    found = FLAGS[String(value).toLowerCase()] ?? value;
  }
  if (typeof found === "string" && isNumberText(found)) found = Number(found);
  if (typeof found !== "number" || (!Number.isFinite(found) && !Number.isNaN(found))) {
    throw new Error(
      `expected finite numbers, got ${name} = ${excerpt(value)} at point ${index} of path ${number}: ` +
        `correct or delete this point. Write ${FORMS}`,
    );
  }
  return found;
}

export const isNumberText = (text: string): boolean =>
  text.length < 64 && /^\s*(?:nan|[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?)\s*$/i.test(text);

/** Shortens data to 80 characters for an error message. */
export function excerpt(data: unknown): string {
  const text = typeof data === "string" ? quote(data.slice(0, 80)) : (JSON.stringify(data) ?? String(data));
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
