/** Reads the editor's value and imported text, and writes exported text. */

import { clamp, sampleTrack } from "./geometry";
import {
  COLORS, EASES, KINDS, MAX_TRACKS, SPEEDS, emptyDrawing, newTrack,
  type Background, type Drawing, type Point, type Track,
} from "./model";

const NO_COORDINATES =
  "No coordinates were found in this text. Expected x,y lines, [[x, y], ...], KJNodes coordinates or TRACKS JSON.";

/** A drawing, or the reason why a widget's value is not one. */
export type Parsed = { drawing: Drawing; error: null } | { drawing: null; error: string };

/** Reads the widget's value. It accepts any value and never throws. */
export function parseValue(value: unknown): Parsed {
  if (value === null || value === undefined || value === "") return { drawing: emptyDrawing(), error: null };
  let data: unknown = value;
  if (typeof value === "string") {
    try {
      data = JSON.parse(value);
    } catch {
      return { drawing: null, error: "not valid JSON" };
    }
  }
  if (!isRecord(data)) return { drawing: null, error: "expected a JSON object" };
  if (data.version !== 1) return { drawing: null, error: `expected version 1, got ${String(data.version)}: update the node pack` };
  return { drawing: readDrawing(data), error: null };
}

export const formatValue = (drawing: Drawing): string => JSON.stringify(drawing);

/**
 * Reads paths in any known form: the editor's value, KJNodes' coordinates, TRACKS JSON, or Tora's text files.
 *
 * Coordinates above 1 are pixels of `canvas`. In `x,y` lines they are pixels of Tora's 256x256 canvas.
 * @throws Error with a sentence for the user.
 */
export function importTracks(text: string, canvas: [number, number], existing: readonly Track[]): Track[] {
  const trimmed = cleanText(text);
  if (trimmed === "") throw new Error("The text is empty. Paste coordinates first.");
  const lines = readLines(trimmed);
  if (lines) return toTracks(lines, [256, 256], existing);
  const data = parseJson(trimmed);
  if (isRecord(data) && data.version === 1) return rename(readDrawing(data).tracks, existing);
  if (isRecord(data) && isRecord(data.tora_track)) return rename([readTrack(data.tora_track, 0, [])], existing);
  if (isRecord(data) && Array.isArray(data.track_path)) return toTracks(transpose(data.track_path), canvas, existing);
  return toTracks(readPaths(data), canvas, existing);
}

/** One track as text, to paste into another editor. */
export const exportTrack = (track: Track): string => JSON.stringify({ tora_track: track });

export const EXPORTS = ["Tora text", "coordinates", "TRACKS", "drawing"] as const;
export type Export = (typeof EXPORTS)[number];

/** All visible tracks as text in one of the export forms. */
export function exportDrawing(drawing: Drawing, form: Export, frames: number): string {
  const [width, height] = drawing.canvas;
  const tracks = drawing.tracks.filter((track) => track.visible && track.points.length > 0);
  const sampled = (): Point[][] => tracks.map((track) => sampleTrack(track, frames, width, height));
  switch (form) {
    case "Tora text": // `x,y` lines on Tora's 256x256 canvas, with an empty line between paths
      return tracks
        .map((track) => track.points.map(([x, y]) => `${Math.round(x * 256)},${Math.round(y * 256)}`).join("\n"))
        .join("\n\n");
    case "coordinates": // one point per frame, as KJNodes' spline editor writes them
      return JSON.stringify(sampled().map((path) => path.map(([x, y]) => ({ x: hundredth(x), y: hundredth(y) }))));
    case "TRACKS": {
      const paths = sampled();
      const track_path = Array.from({ length: frames }, (_, i) => paths.map((path) => path[i]!.map(hundredth)));
      return JSON.stringify({ track_path, canvas: [width, height] });
    }
    case "drawing":
      return formatValue(drawing);
  }
}

const hundredth = (value: number): number => Math.round(value * 100) / 100;

function readDrawing(data: Record<string, unknown>): Drawing {
  const tracks: Track[] = [];
  for (const each of Array.isArray(data.tracks) ? data.tracks.slice(0, MAX_TRACKS) : []) {
    if (isRecord(each)) tracks.push(readTrack(each, tracks.length, tracks));
  }
  return { version: 1, canvas: readCanvas(data.canvas), tracks, bg: readBackground(data.bg) };
}

function readTrack(data: Record<string, unknown>, index: number, before: readonly Track[]): Track {
  const fresh = newTrack(before);
  const word = <T extends string>(value: unknown, words: readonly T[], fallback: T): T =>
    words.includes(value as T) ? (value as T) : fallback;
  const number = (value: unknown, fallback: number): number =>
    typeof value === "number" && Number.isFinite(value) ? clamp(value) : fallback;
  const id = typeof data.id === "string" && !before.some((track) => track.id === data.id) ? data.id : fresh.id;
  const [start, end] = [number(data.start, 0), number(data.end, 1)];
  return {
    id,
    name: typeof data.name === "string" && data.name !== "" ? data.name : `Track ${index + 1}`,
    color: typeof data.color === "string" && /^#[0-9a-f]{6}$/i.test(data.color) ? data.color : COLORS[index % COLORS.length]!,
    kind: word(data.kind, KINDS, "spline"),
    tension: number(data.tension, 0),
    closed: data.closed === true,
    points: (Array.isArray(data.points) ? data.points : []).map(readPoint).filter((point) => point !== null),
    start: Math.min(start, end),
    end: Math.max(start, end),
    ease: word(data.ease, EASES, "linear"),
    speed: word(data.speed, SPEEDS, "constant"),
    visible: data.visible !== false,
    locked: data.locked === true,
  };
}

function readPoint(value: unknown): Point | null {
  const [x, y]: unknown[] = Array.isArray(value) ? value : isRecord(value) ? [value.x, value.y] : [];
  return typeof x === "number" && typeof y === "number" && Number.isFinite(x) && Number.isFinite(y) ? [x, y] : null;
}

function readCanvas(value: unknown): [number, number] {
  const point = readPoint(value);
  return point && point[0] >= 1 && point[1] >= 1 ? point : emptyDrawing().canvas;
}

function readBackground(value: unknown): Background | null {
  if (!isRecord(value) || typeof value.filename !== "string" || value.filename === "") return null;
  return { filename: value.filename, subfolder: String(value.subfolder ?? ""), type: String(value.type ?? "input") };
}

function readLines(text: string): Point[][] | null {
  const paths: Point[][] = [[]];
  for (const line of text.split(/\r\n?|\n/)) {
    if (line.trim() === "") {
      paths.push([]);
      continue;
    }
    const match = /^\s*[([]?\s*([-+\d.eE]+)\s*[,;\s]\s*([-+\d.eE]+)\s*[)\]]?\s*,?\s*$/.exec(line);
    const point: Point | null = match ? [Number(match[1]), Number(match[2])] : null;
    if (!point || !point.every(Number.isFinite)) return null;
    paths.at(-1)!.push(point);
  }
  return paths.filter((path) => path.length > 0);
}

/** Replaces what keyboards and web pages put in place of plain characters, as `tora_core/paths/coordinates.py` does. */
const cleanText = (text: string): string =>
  text
    .normalize("NFKC")
    .replace(/[\u2010-\u2014\u2212]/g, "-")
    .replace(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replace(/[\u2018\u2019\u201a]/g, "'")
    .replace(/[\u200b-\u200d\u2060\ufeff]/g, "")
    .replaceAll("\u3001", ",")
    .trim();

/** Reads one or several JSON values, or the same in Python's notation with tuples and single quotes. */
function parseJson(text: string): unknown {
  const similar = text.replaceAll("(", "[").replaceAll(")", "]").replaceAll("'", '"').replace(/,(\s*[\]}])/g, "$1");
  for (const json of [text, similar, `[${splitValues(similar).join(",")}]`]) {
    try {
      return JSON.parse(json);
    } catch {
      // the next notation may fit
    }
  }
  throw new Error(NO_COORDINATES);
}

/** Splits a text after each bracket that closes a whole value. Coordinates hold no brackets in strings. */
function splitValues(text: string): string[] {
  const values: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if ("[{".includes(text[at]!)) depth++;
    if ("]}".includes(text[at]!) && --depth === 0) {
      values.push(text.slice(start, at + 1).replace(/^[\s,;]+/, ""));
      start = at + 1;
    }
  }
  return text.slice(start).trim() === "" ? values : [text];
}

function readPaths(data: unknown): Point[][] {
  if (typeof data === "string") return readPaths(parseJson(data));
  if (isRecord(data)) {
    const point = readPoint(data);
    if (point) return [[point]];
    if (Array.isArray(data.x) && Array.isArray(data.y) && data.x.length === data.y.length) {
      const ys: unknown[] = data.y;
      return readPaths(data.x.map((x: unknown, i) => [x, ys[i]]));
    }
    for (const key of ["points", "coordinates", "positive", "splines", "paths", "tracks"]) {
      if (key in data) return readPaths(data[key]);
    }
    throw new Error(NO_COORDINATES);
  }
  if (!Array.isArray(data)) throw new Error(NO_COORDINATES);
  const points = data.map(readPoint);
  if (data.length > 0 && points.every((point) => point !== null) && data.every((each) => !Array.isArray(each) || each.length === 2)) {
    return [points];
  }
  return data.flatMap(readPaths);
}

/** `[T][N][2]` -> `[N][T][2]`. */
function transpose(frames: unknown[]): Point[][] {
  const first = frames[0];
  if (!Array.isArray(first)) throw new Error("Expected track_path as [frames][tracks][x, y], but its first frame is not a list.");
  return first.map((_, n) => frames.map((frame) => readPoint(Array.isArray(frame) ? frame[n] : null)).filter((p) => p !== null));
}

function toTracks(paths: Point[][], canvas: [number, number], existing: readonly Track[]): Track[] {
  const found = paths.filter((path) => path.length > 0);
  if (found.length === 0) throw new Error(NO_COORDINATES);
  const pixels = found.some((path) => path.some(([x, y]) => x > 1.5 || y > 1.5));
  const [width, height] = pixels ? canvas : [1, 1];
  const tracks = found.slice(0, MAX_TRACKS).map((path) => {
    const points = path.map(([x, y]): Point => [clamp(x / width), clamp(y / height)]);
    return { ...newTrack([]), kind: "linear" as const, speed: "points" as const, points };
  });
  return rename(tracks, existing);
}

/** Gives imported tracks ids, names and colours that the existing tracks do not have. */
function rename(tracks: readonly Track[], existing: readonly Track[]): Track[] {
  const all = [...existing];
  return tracks.map((track) => {
    const { id, name, color } = newTrack(all);
    const renamed = { ...track, id, color, name: /^Track \d+$/.test(track.name) ? name : track.name };
    all.push(renamed);
    return renamed;
  });
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
