/** One path as it was written, and when it reaches its points, as in `tora_core/paths/drawn_path.py`. */

import type { Point } from "../model";

/** A point, or null where it is hidden. */
export type Shown = Point | null;

export interface DrawnPath {
  points: Shown[];
  /** The frame of each point, rising from 0. */
  frames: number[] | null;
  /** The same in parts of the clip, 0..1. */
  parts: number[] | null;
  /** Frames of rest at the first and the last point. */
  rest: [number, number];
}

/** What a text holds: paths, the canvas that it names, and sentences about what was guessed or left out. */
export interface Reading {
  paths: DrawnPath[];
  canvas: [number, number] | null;
  notes: string[];
}

export const drawnPath = (points: Shown[], given: Partial<DrawnPath> = {}): DrawnPath => ({
  points, frames: null, parts: null, rest: [0, 0], ...given,
});

export const reading = (paths: DrawnPath[] = [], given: Partial<Reading> = {}): Reading => ({
  paths, canvas: null, notes: [], ...given,
});

export const MAX_SIDE = 16384;

/** The size of a canvas that a text names, or null if no canvas has such sides. */
export const readCanvas = (width: number, height: number): [number, number] | null =>
  width >= 1 && height >= 1 && width <= MAX_SIDE && height <= MAX_SIDE ? [Math.round(width), Math.round(height)] : null;

/** The frame of each point of a path, in a video with this many frames. */
export function pointFrames(path: DrawnPath, frames: number): number[] {
  if (path.frames) return path.frames;
  const [first, last] = [path.rest[0], frames - 1 - path.rest[1]];
  const count = path.points.length;
  if (first > last || (first === last && count > 1)) {
    throw new Error(
      `expected pauses shorter than the video, got ${path.rest[0]} + ${path.rest[1]} frames of rest in ${frames} frames: ` +
        "increase frames or shorten the pauses",
    );
  }
  const parts = path.parts ?? path.points.map((_, i) => (count > 1 ? i / (count - 1) : 0));
  return parts.map((part) => first + part * (last - first));
}

/** The place of a path in every frame; null where it is hidden. */
export function samplePath(path: DrawnPath, frames: number): Shown[] {
  const at = pointFrames(path, frames);
  const known = path.points.flatMap((point, i) => (point ? [{ frame: at[i]!, point }] : []));
  let [nearest, next] = [0, 0]; // they only rise, because the frames of the points do
  return Array.from({ length: frames }, (_, frame) => {
    while (nearest + 1 < at.length && Math.abs(at[nearest + 1]! - frame) <= Math.abs(at[nearest]! - frame)) nearest += 1;
    if (!path.points[nearest]) return null;
    while (next < known.length && known[next]!.frame <= frame) next += 1;
    if (next === known.length) return known.at(-1)!.point;
    if (next === 0) return known[0]!.point;
    const [a, b] = [known[next - 1]!, known[next]!];
    const t = (frame - a.frame) / (b.frame - a.frame);
    return [a.point[0] + (b.point[0] - a.point[0]) * t, a.point[1] + (b.point[1] - a.point[1]) * t];
  });
}

/** Builds a path from points and their written times. See `time_points` in Python. */
export function timePoints(
  points: Shown[], number: number, times: (number | null)[], unit: string,
): { path: DrawnPath; notes: string[] } {
  if (times.every((time) => time === null)) return { path: drawnPath(points), notes: [] };
  const missing = times.indexOf(null);
  if (missing >= 0) {
    throw new Error(
      `expected a ${unit} for every point of path ${number} or for none, got none for point ${missing + 1}: add it`,
    );
  }
  const order = (times as number[]).map((time, i) => ({ time, point: points[i]! })).sort((a, b) => a.time - b.time);
  const sorted = order.map((each) => each.time);
  const placed = order.map((each) => each.point);
  if (sorted[0]! < 0) {
    throw new Error(`expected ${unit} 0 or more, got ${sorted[0]} in path ${number}: the first frame is 0`);
  }
  const same = sorted.findIndex((time, i) => time === sorted[i + 1]);
  if (same >= 0) {
    throw new Error(
      `expected one point per ${unit} in path ${number}, got two at ${sorted[same]}: delete one of them`,
    );
  }
  if (unit === "frame" || sorted.every(Number.isInteger)) return { path: drawnPath(placed, { frames: sorted }), notes: [] };
  if (sorted.length === 1) return { path: drawnPath(placed), notes: [] };
  const [first, last] = [sorted[0]!, sorted.at(-1)!];
  return {
    path: drawnPath(placed, { parts: sorted.map((time) => (time - first) / (last - first)) }),
    notes: [`path ${number}: ${unit} ${first} to ${last} was spread over the whole video`],
  };
}
