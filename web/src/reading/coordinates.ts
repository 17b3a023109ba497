/** Reads coordinates of any known form, as `tora_core/paths/coordinates.py` does. Both read `tests/coordinates`. */

import type { Point } from "../model";
import { orderAxes, readNumberArray } from "./axes";
import { MAX_SIDE, drawnPath, readCanvas, reading, type DrawnPath, type Reading, type Shown } from "./path";
import {
  TIME_KEYS, TRACK_KEYS, VISIBLE_FROM, buildPath, checkPathCount, excerpt, groupRecords, isNumberText, toNumber,
  type Fields,
} from "./records";
import { looksLikeSvg, readSvg } from "./svg";
import { readKeyframes, readTable } from "./tables";
import { MAX_POINTS, cleanText, decodeText } from "./typed";

const MAX_DEPTH = 32;
const LIST_KEYS = ["coordinates", "points", "positive", "points_store"];
const NESTED_KEYS = ["splines", "paths", "tracks", "trajectories"];
const SHAPES =
  'expected coordinates such as [{"x": 10, "y": 20}, {"x": 30, "y": 40}], [[10, 20], [30, 40]], ' +
  "a list of such paths, or one 'x,y' per line with an empty line between paths";
const WIDGET = /(?:^|, )(\w+): /g;

interface Reader {
  frames: number | null;
  depth: number;
  counter: { paths: number };
}

/** Reads paths with their times, hidden points and canvas. TRACKS are read too. `frames` helps to find the time axis. */
export function readCoordinates(text: string, frames: number | null): Reading {
  const whole = read(text, { frames, depth: 0, counter: { paths: 0 } });
  whole.paths = whole.paths.filter((path) => path.points.length > 0);
  if (whole.paths.length === 0) throw new Error(`${SHAPES}; got no path in ${excerpt(text)}: add at least one point`);
  checkPathCount(whole.paths.length);
  const points = whole.paths.reduce((sum, path) => sum + path.points.length, 0);
  if (points > MAX_POINTS) throw new Error(`expected at most ${MAX_POINTS} points, got ${points}: use fewer points per path`);
  return whole;
}

function read(data: unknown, reader: Reader): Reading {
  if (typeof data === "string") return readText(data, reader);
  if (isFields(data)) return readFields(data, reader);
  if (!Array.isArray(data)) throw new Error(`${SHAPES}; got ${excerpt(data)}: paste text or a list of points`);
  return readList(data, reader);
}

function readText(given: string, reader: Reader): Reading {
  const text = cleanText(given);
  if (text.trim() === "") throw new Error(`${SHAPES}; got an empty text: enter at least one path`);
  if (text.trimStart().startsWith("Adobe After Effects")) return readKeyframes(text);
  if (looksLikeSvg(text.trimStart())) return readSvg(text);
  return readTable(text) ?? readWidgets(text, reader) ?? read(decodeText(text), deeper(reader));
}

/** Reads what KJNodes' WidgetToString writes for all widgets of a node. Null for any other text. */
function readWidgets(text: string, reader: Reader): Reading | null {
  const widgets = [...text.matchAll(WIDGET)].map((match) => ({
    name: match[1]!, start: match.index, end: match.index + match[0].length,
  }));
  const place = (name: string): number | undefined => widgets.findLast((widget) => widget.name === name)?.end;
  const start = place("coordinates") ?? place("points_store");
  if (start === undefined || !/^[[{]/.test(text.slice(start, start + 1))) return null;
  const next = widgets.find((widget) => widget.start > start)?.start;
  const whole = read(decodeText(text.slice(start, next)), deeper(reader));
  const [width, height] = ["mask_width", "mask_height"].map((name) => {
    const at = place(name);
    return at === undefined ? 0 : Number(/^\d+/.exec(text.slice(at, at + 9))?.[0] ?? 0);
  }) as [number, number];
  whole.canvas = readCanvas(width, height) ?? whole.canvas;
  return whole;
}

function readList(data: unknown[], reader: Reader): Reading {
  const array = readNumberArray(data);
  if (array) {
    const { paths, notes } = orderAxes(array, reader.frames);
    return reading(paths.map((points) => drawnPath(points)), { notes });
  }
  if (isPoint(data)) return build([data], reader);
  if (data.length > 0 && !data.some((item) => (typeof item === "object" && item !== null) || typeof item === "string")) {
    throw new Error(`${SHAPES}; got a flat list of values, ${excerpt(data)}: group them into [x, y] pairs`);
  }
  if (data.length > 0 && data.every(isPoint)) {
    if (data.some((item) => isFields(item) && TRACK_KEYS.some((key) => key in item))) return groupRecords(data as Fields[]);
    return build(data, reader);
  }
  return join(data.map((item) => read(item, deeper(reader))));
}

function readFields(data: Fields, reader: Reader): Reading {
  if ("track_path" in data || Array.isArray(data.track)) return readTracks(data);
  if ("x" in data && "y" in data) {
    const { x, y } = data;
    if (!Array.isArray(x) || !Array.isArray(y)) return build([data], reader);
    if (x.length !== y.length) {
      throw new Error(`expected as many x as y values, got ${x.length} and ${y.length}: give every point an x and a y`);
    }
    const times = TIME_KEYS.map((key) => data[key]).find(Array.isArray) as unknown[] | undefined;
    if (times && times.length !== x.length) {
      throw new Error(`expected as many times as points, got ${times.length} and ${x.length}: add the missing`);
    }
    return build(x.map((value: unknown, i) => ({ x: value, y: y[i] as unknown, t: times?.[i] ?? null })), reader);
  }
  if ("start_p_frames" in data || "coord_width" in data || "p_coordinates" in data) return readPowerSpline(data, reader);
  if (data.on === false) return reading([], { notes: [`${String(data.name || "a path")} is switched off and was left out`] });
  const keys = [...LIST_KEYS, ...NESTED_KEYS];
  const filled = keys.find((key) => !isEmpty(data[key]));
  if (filled !== undefined) {
    const whole = read(data[filled], deeper(reader));
    const rest: [number, number] = [toNumber(data.a_pause ?? 0, 1, 1, "a_pause"), toNumber(data.z_pause ?? 0, 1, 1, "z_pause")];
    if (rest[0] !== 0 || rest[1] !== 0) whole.paths = whole.paths.map((path) => drawnPath(path.points, { rest }));
    return whole;
  }
  if (keys.some((key) => key in data)) return reading();
  const found = Object.keys(data).sort().slice(0, 8).map((key) => `'${key.slice(0, 20)}'`);
  throw new Error(`${SHAPES}; got a dict with the keys [${found.join(", ")}]: use x and y, or points`);
}

const isEmpty = (value: unknown): boolean =>
  value === undefined || value === null || value === "" || value === "[]" || (Array.isArray(value) && value.length === 0);

/** Reads the `coord_out` of a Power Spline editor: paths with pauses, on a canvas that it names. */
function readPowerSpline(data: Fields, reader: Reader): Reading {
  const whole = reading();
  for (const [key, group] of [["coordinates", "c"], ["p_coordinates", "p"]] as const) {
    if (isEmpty(data[key])) continue;
    const part = read(data[key], deeper(reader));
    const of = (name: string): unknown => (isFields(data[name]) ? data[name][group] : data[name]);
    const pick = (value: unknown, index: number): unknown => (Array.isArray(value) ? (value[index] as unknown) : value);
    part.paths.forEach((path, index) => {
      if (pick(of("visibility"), index) === false) {
        whole.notes.push(`path ${index + 1} is hidden in its editor and was left out`);
        return;
      }
      const rest = ["start_p_frames", "end_p_frames"].map((name) =>
        toNumber(pick(of(name), index) || 0, index + 1, 1, "pause"),
      ) as [number, number];
      // These editors count frames from 1.
      const frames = path.frames?.map((frame) => Math.max(frame - 1, 0)) ?? null;
      whole.paths.push({ ...path, frames, rest });
    });
    whole.notes.push(...part.notes);
    for (const name of ["offsets", "accelerations"]) {
      const values = of(name);
      const list: unknown[] = Array.isArray(values) ? values : [values];
      if (list.some((value) => typeof value === "number" && value !== 0)) {
        whole.notes.push(`${name} of these paths are not used: set timing with pauses or frames`);
      }
    }
  }
  const { coord_width: width, coord_height: height } = data;
  if (typeof width === "number" && typeof height === "number") whole.canvas = readCanvas(width, height);
  return whole;
}

/** Reads TRACKS `[T][N][2]` with a visibility `[T][N]`, from core or from Wan-Move (one more level). */
function readTracks(data: Fields): Reading {
  const unwrap = (value: unknown, levels: number): unknown[] => {
    let found = value;
    const depth = (each: unknown): number => (Array.isArray(each) ? 1 + depth(each[0]) : 0);
    while (Array.isArray(found) && found.length === 1 && depth(found) > levels) found = found[0];
    if (!Array.isArray(found) || depth(found) !== levels) {
      throw new Error(`expected track_path with 3 levels of lists, got ${depth(found)}: export the TRACKS again`);
    }
    return found;
  };
  const rows = unwrap(data.track_path ?? data.track, 3) as unknown[][];
  const given = data.track_visibility ?? data.visibility;
  const visible = given === undefined || given === null ? null : (unwrap(given, 2) as unknown[][]);
  const count = rows[0]!.length;
  const square = rows.every((row) => Array.isArray(row) && row.length === count);
  const fits = visible?.every((row) => Array.isArray(row) && (row.length === count || row.length === 1)) ?? true;
  if (count === 0 || !square || !fits || (visible && visible.length !== rows.length)) {
    throw new Error(
      "expected track_path [frames][tracks][x, y] and track_visibility [frames][tracks], got other shapes: export the TRACKS again",
    );
  }
  const paths = rows[0]!.map((_, n): DrawnPath => {
    const points = rows.map((row, t): Shown => {
      const point = row[n];
      if (!Array.isArray(point) || point.length !== 2) {
        throw new Error("expected lists of numbers of equal length as track_path, got other values: correct them");
      }
      const [x, y] = point.map((value: unknown, i) => toNumber(value, n + 1, t + 1, "xy"[i]!)) as Point;
      const seen = visible ? toNumber(visible[t]!.length === 1 ? visible[t]![0] : visible[t]![n], n + 1, t + 1, "visible") : 1;
      return seen >= VISIBLE_FROM && !Number.isNaN(x) && !Number.isNaN(y) ? [x, y] : null;
    });
    return drawnPath(points);
  });
  const canvas = data.canvas ?? null;
  if (canvas === null) return reading(paths);
  const side = (value: unknown): boolean => typeof value === "number" && value >= 1 && value <= MAX_SIDE;
  if (!Array.isArray(canvas) || canvas.length !== 2 || !canvas.every(side)) {
    throw new Error(`expected a canvas [width, height] of 1 to ${MAX_SIDE} pixels, got ${excerpt(canvas)}: correct it`);
  }
  return reading(paths, { canvas: canvas as [number, number] });
}

function join(readings: Reading[]): Reading {
  const whole = reading();
  for (const each of readings) {
    whole.paths.push(...each.paths);
    whole.notes.push(...each.notes.filter((note) => !whole.notes.includes(note)));
    whole.canvas ??= each.canvas;
  }
  return whole;
}

function deeper(reader: Reader): Reader {
  if (reader.depth >= MAX_DEPTH) throw new Error(`${SHAPES}; got lists that are nested too deeply: remove the outer brackets`);
  return { ...reader, depth: reader.depth + 1 };
}

function isPoint(item: unknown): boolean {
  if (isFields(item)) return "x" in item && "y" in item && !Array.isArray(item.x);
  return (
    Array.isArray(item) && item.length === 2 &&
    item.every((value) => (typeof value === "string" ? isNumberText(value) : typeof value !== "object" || value === null))
  );
}

function build(points: readonly unknown[], reader: Reader): Reading {
  const records = points.map((point) => (Array.isArray(point) ? { x: point[0] as unknown, y: point[1] as unknown } : (point as Fields)));
  const { path, notes } = buildPath(records, (reader.counter.paths += 1));
  return reading([path], { notes });
}

const isFields = (value: unknown): value is Fields => typeof value === "object" && value !== null && !Array.isArray(value);
