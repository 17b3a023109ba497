/** Reads the editor's value and imported text, and writes exported text. */

import { clamp, sampleTrack } from "./geometry";
import {
  COLORS, EASES, KINDS, MAX_TRACKS, SPEEDS, emptyDrawing, newTrack,
  type Background, type Drawing, type Point, type Track, type VideoSize,
} from "./model";
import { samplePath, type DrawnPath } from "./reading/path";
import { readTable } from "./reading/tables";
import { readTrajectories } from "./reading/trajectories";
import { excerpt } from "./reading/records";
import { MAX_POINTS, cleanText } from "./reading/typed";

/** Largest distance of a point from the middle of the frame, in frames. More is a number of pixels by mistake. */
const MAX_DISTANCE = 1.5;

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
  try {
    return { drawing: readDrawing(data), error: null };
  } catch (error) {
    return { drawing: null, error: error instanceof Error ? error.message : String(error) };
  }
}

export const formatValue = (drawing: Drawing): string => JSON.stringify(drawing);

/**
 * Reads paths in any known form as tracks: the editor's value, one of its tracks, or any coordinates.
 *
 * Numbers up to 1.5 are parts of the frame. `x,y` lines without names are on Tora's 256x256 canvas, others on the
 * canvas that the text names, or else on the video.
 * @throws Error with a sentence for the user.
 */
export function importTracks(text: string, size: VideoSize, existing: readonly Track[]): { tracks: Track[]; notes: string[] } {
  const value = readOwn(text);
  if (isRecord(value) && value.version === 1) return { tracks: rename(readDrawing(value).tracks, existing), notes: [] };
  if (isRecord(value) && isRecord(value.tora_track)) {
    return { tracks: rename([readTrack(value.tora_track, 0, [])], existing), notes: [] };
  }
  const { paths, canvas, notes } = readTrajectories(text, canvasOf(text, size), size.frames);
  const tracks = paths.filter((path) => path.points.some(Boolean)).map((path) => toTrack(path, canvas, size.frames));
  return { tracks: rename(tracks.slice(0, MAX_TRACKS), existing), notes };
}

/** The editor's own JSON; null for any other text. */
function readOwn(text: string): unknown {
  try {
    return JSON.parse(cleanText(text));
  } catch {
    return null;
  }
}

/** The canvas of a text that names none. */
function canvasOf(text: string, { width, height }: VideoSize): [number, number] {
  const isTable = !/[[{<]/.test(text) && readTable(cleanText(text)) !== null;
  if (isTable && !/x/i.test(text)) return [256, 256]; // Tora's files; a table with the names x and y is in pixels
  const numbers = text.match(/\d+(?:\.\d+)?/g)?.map(Number) ?? [];
  return numbers.length > 0 && Math.max(...numbers.slice(0, MAX_POINTS)) <= 1.5 ? [1, 1] : [width, height];
}

/** Draws a path: its own points if they are evenly spaced in time, or else its place in every frame. */
function toTrack(path: DrawnPath, [width, height]: [number, number], frames: number): Track {
  const plain = !path.frames && !path.parts && path.rest[0] === 0 && path.rest[1] === 0;
  const shown = (plain ? path.points : samplePath(path, frames)).filter((point) => point !== null);
  const points = shown.map(([x, y]): Point => [clamp(x / width), clamp(y / height)]);
  return { ...newTrack([]), kind: "linear", speed: "points", points };
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
  if (!Array.isArray(data.tracks)) throw new Error(`expected a list of tracks, got ${excerpt(data.tracks)}: clear the editor`);
  if (data.tracks.length > MAX_TRACKS) {
    throw new Error(`expected at most ${MAX_TRACKS} tracks, got ${data.tracks.length}: delete some tracks`);
  }
  const tracks: Track[] = [];
  for (const [index, each] of data.tracks.entries()) {
    if (!isRecord(each)) {
      throw new Error(`expected an object with points as track ${index + 1}, got ${excerpt(each)}: delete the track`);
    }
    tracks.push(readTrack(each, index, tracks));
  }
  const points = tracks.reduce((sum, track) => sum + track.points.length, 0);
  if (points > MAX_POINTS) throw new Error(`expected at most ${MAX_POINTS} points in all tracks, got ${points}: use fewer points`);
  return { version: 1, canvas: readCanvas(data.canvas), tracks, bg: readBackground(data.bg) };
}

/** Reads one track, and refuses what Python refuses. @throws Error with a sentence. */
function readTrack(data: Record<string, unknown>, index: number, before: readonly Track[]): Track {
  const fresh = newTrack(before);
  const place = `in track ${index + 1}`;
  const word = <T extends string>(name: string, words: readonly T[], fallback: T): T => {
    const value = data[name] ?? fallback;
    if (words.includes(value as T)) return value as T;
    throw new Error(`expected ${name} of ${words.join(", ")} ${place}, got ${excerpt(value)}: choose one of these`);
  };
  const number = (name: string, fallback: number): number => {
    const value = data[name] ?? fallback;
    if (typeof value === "number" && Number.isFinite(value)) return clamp(value);
    throw new Error(`expected a number for ${name} ${place}, got ${excerpt(value)}: use 0 to 1`);
  };
  const flag = (name: string, fallback: boolean): boolean => {
    const value = data[name] ?? fallback;
    if (typeof value === "boolean") return value;
    throw new Error(`expected true or false for ${name} ${place}, got ${excerpt(value)}: use one of them`);
  };
  const id = typeof data.id === "string" && !before.some((track) => track.id === data.id) ? data.id : fresh.id;
  const [start, end] = [number("start", 0), number("end", 1)];
  return {
    id,
    name: typeof data.name === "string" && data.name !== "" ? data.name : `Track ${index + 1}`,
    color: typeof data.color === "string" && /^#[0-9a-f]{6}$/i.test(data.color) ? data.color : COLORS[index % COLORS.length]!,
    kind: word("kind", KINDS, "spline"),
    tension: number("tension", 0),
    closed: flag("closed", false),
    points: readPoints(data.points ?? [], place),
    start: Math.min(start, end),
    end: Math.max(start, end),
    ease: word("ease", EASES, "linear"),
    speed: word("speed", SPEEDS, "constant"),
    visible: flag("visible", true),
    locked: flag("locked", false),
  };
}

function readPoints(value: unknown, place: string): Point[] {
  const points = Array.isArray(value) ? value.map(readPoint) : [null];
  if (points.some((point) => point === null)) {
    throw new Error(`expected points [[x, y], ...] ${place}, got ${excerpt(value)}: draw the track again`);
  }
  const far = points.find((point) => Math.max(...point!.map((each) => Math.abs(each - 0.5))) > MAX_DISTANCE);
  if (far) {
    throw new Error(`expected points in 0..1 of the frame ${place}, got ${excerpt(far)}: import pixels with Paste`);
  }
  return points as Point[];
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
