/** Reads and writes the editor's value, and refuses what Python refuses (`tora_core/paths/drawing.py`). */

import { clamp } from "./geometry";
import {
  COLORS, EASES, KINDS, MAX_DEGREES, MAX_SCALE, MAX_TRACKS, SPEEDS, emptyDrawing, freeNumber, type Background, type Drawing, type Point, type Track,
} from "./model";
import { excerpt } from "./reading/records";
import { MAX_POINTS } from "./reading/typed";

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
  if (!isKnown(data)) return { drawing: null, error: `expected version 1 or 2, got ${String(data.version)}: update the node pack` };
  try {
    return { drawing: readDrawing(data), error: null };
  } catch (error) {
    return { drawing: null, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Whether a value is of a version that this editor reads. */
export const isKnown = (data: Record<string, unknown>): boolean => data.version === 1 || data.version === 2;

export const formatValue = (drawing: Drawing): string => JSON.stringify(drawing);

export function readDrawing(data: Record<string, unknown>): Drawing {
  if (!Array.isArray(data.tracks)) throw new Error(`expected a list of tracks, got ${excerpt(data.tracks)}: clear the editor`);
  if (data.tracks.length > MAX_TRACKS) {
    throw new Error(`expected at most ${MAX_TRACKS} tracks, got ${data.tracks.length}: delete some tracks`);
  }
  const tracks: Track[] = [];
  const taken = new Set<string>();
  for (const [index, each] of data.tracks.entries()) {
    if (!isRecord(each)) {
      throw new Error(`expected an object with points as track ${index + 1}, got ${excerpt(each)}: delete the track`);
    }
    const track = readTrack(each, index, taken);
    tracks.push(track);
    taken.add(track.id);
  }
  const points = tracks.reduce((sum, track) => sum + track.points.length, 0);
  if (points > MAX_POINTS) throw new Error(`expected at most ${MAX_POINTS} points in all tracks, got ${points}: use fewer points`);
  return { version: 2, canvas: readCanvas(data.canvas), tracks, bg: readBackground(data.bg) };
}

/** Reads one track, and refuses what Python refuses. A taken id is replaced. @throws Error with a sentence. */
export function readTrack(data: Record<string, unknown>, index: number, taken: ReadonlySet<string>): Track {
  const place = `in track ${index + 1}`;
  const word = <T extends string>(name: string, words: readonly T[], fallback: T): T => {
    const value = data[name] ?? fallback;
    if (words.includes(value as T)) return value as T;
    throw new Error(`expected ${name} of ${words.join(", ")} ${place}, got ${excerpt(value)}: choose one of these`);
  };
  const number = (name: string, fallback: number, low = 0, high = 1): number => {
    const value = data[name] ?? fallback;
    if (typeof value === "number" && Number.isFinite(value) && (high === 1 || (value >= low && value <= high))) return clamp(value, low, high);
    throw new Error(`expected a number for ${name} ${place}, got ${excerpt(value)}: use ${low} to ${high}`);
  };
  const flag = (name: string, fallback: boolean): boolean => {
    const value = data[name] ?? fallback;
    if (typeof value === "boolean") return value;
    throw new Error(`expected true or false for ${name} ${place}, got ${excerpt(value)}: use one of them`);
  };
  const id = typeof data.id === "string" && !taken.has(data.id) ? data.id : `t${freeNumber(taken, taken.size + 1)}`;
  const [start, end] = [number("start", 0), number("end", 1)];
  const [shownFrom, shownTo] = [number("shown_from", 0), number("shown_to", 1)];
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
    shown_from: Math.min(shownFrom, shownTo),
    shown_to: Math.max(shownFrom, shownTo),
    radius: number("radius", 0),
    scale: number("scale", 1, 1 / MAX_SCALE, MAX_SCALE),
    rotation: number("rotation", 0, -MAX_DEGREES, MAX_DEGREES),
  };
}

function readPoints(value: unknown, place: string): Point[] {
  const points = Array.isArray(value) ? value.map(readPoint) : [null];
  if (points.some((point) => point === null)) {
    throw new Error(`expected points [[x, y], ...] ${place}, got ${excerpt(value)}: draw the track again`);
  }
  const far = points.find((point) => Math.max(Math.abs(point![0] - 0.5), Math.abs(point![1] - 0.5)) > MAX_DISTANCE);
  if (far) {
    throw new Error(`expected points in 0..1 of the frame ${place}, got ${excerpt(far)}: import pixels with Paste`);
  }
  checkPins(points as Point[], place);
  return points as Point[];
}

function readPoint(value: unknown): Point | null {
  const [x, y, pin]: unknown[] = Array.isArray(value) ? value : isRecord(value) ? [value.x, value.y] : [];
  if (typeof x !== "number" || typeof y !== "number" || !Number.isFinite(x) || !Number.isFinite(y)) return null;
  if (pin === undefined || pin === null) return [x, y];
  return [x, y, typeof pin === "number" ? pin : NaN];
}

/** Checks that pins are times in 0..1 that rise along the track. */
function checkPins(points: readonly Point[], place: string): void {
  const pins = points.flatMap((point) => point[2] ?? []);
  const wrong = pins.find((pin) => !(pin >= 0 && pin <= 1));
  if (wrong !== undefined) throw new Error(`expected pins of 0 to 1 ${place}, got ${excerpt(wrong)}: remove the pin`);
  if (pins.some((pin, i) => i > 0 && pin <= pins[i - 1]!)) {
    throw new Error(`expected pins that rise ${place}, got ${excerpt(pins)}: move the pins apart`);
  }
}

function readCanvas(value: unknown): [number, number] {
  const point = readPoint(value);
  return point && point[0] >= 1 && point[1] >= 1 ? [point[0], point[1]] : emptyDrawing().canvas;
}

function readBackground(value: unknown): Background | null {
  if (!isRecord(value) || typeof value.filename !== "string" || value.filename === "") return null;
  return { filename: value.filename, subfolder: String(value.subfolder ?? ""), type: String(value.type ?? "input") };
}

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
