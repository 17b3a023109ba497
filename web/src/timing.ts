/** When a track is where, equal to `tora_core/paths/drawn_motion.py`. Times are in 0..1 of the clip. */

import type { Ease, Track } from "./model";

const EASE: Record<Ease, (time: number) => number> = {
  linear: (time) => time,
  in: (time) => time * time,
  out: (time) => 1 - (1 - time) ** 2,
  in_out: (time) => time * time * (3 - 2 * time),
};

export const frameOf = (time: number, frames: number): number => Math.floor(time * (frames - 1) + 0.5);
export const timeOf = (frame: number, frames: number): number => (frames > 1 ? frame / (frames - 1) : 0);

/** Whether a track is visible in a frame. */
export const isShown = (track: Track, frame: number, frames: number): boolean =>
  frame >= frameOf(track.shown_from, frames) && frame <= frameOf(track.shown_to, frames);

/** Whether a pin between the ends sets the timing, so that the ease has no effect. */
export const hasInnerPin = (track: Track): boolean =>
  track.points.some((point, i) => point[2] !== undefined && i > 0 && (track.closed || i < track.points.length - 1));

/** When a track leaves its first point and reaches its last, with pins at its ends. */
export function span(track: Track): [number, number] {
  const end = track.closed ? undefined : track.points.at(-1)?.[2];
  return [track.points[0]?.[2] ?? track.start, end ?? track.end];
}

/** How far a track's object has grown and turned at a time, in 0..1. */
export function progress(track: Track, time: number): number {
  const [start, end] = span(track);
  return EASE[track.ease](Math.min(1, Math.max(0, (time - start) / Math.max(end - start, 1e-9))));
}

/** How far along its way a track is at a time. `way` is the way at each control point; a closed track has one more. */
export function travel(track: Track, way: readonly number[]): (time: number) => number {
  const total = way.at(-1)!;
  const [start, end] = span(track);
  const knots: [number, number][] = track.points.flatMap((point, i) =>
    point[2] !== undefined && i > 0 && i < way.length - 1 ? [[point[2], way[i]!] as [number, number]] : [],
  );
  if (knots.length === 0) {
    return (time) => progress(track, time) * total;
  }
  const [first, last] = [knots[0]![0], knots.at(-1)![0]];
  if (first > 0) knots.unshift([start < first ? start : 0, way[0]!]);
  if (last < 1) knots.push([end > last ? end : 1, total]);
  return knots.length === 1 ? () => knots[0]![1] : pchip(knots);
}

/** A monotone cubic curve through knots (Fritsch and Butland's slopes, as in scipy's `PchipInterpolator`). */
function pchip(knots: readonly [number, number][]): (time: number) => number {
  const count = knots.length;
  const step = knots.slice(1).map(([time], i) => time - knots[i]![0]);
  const slope = knots.slice(1).map(([, value], i) => (value - knots[i]![1]) / step[i]!);
  const tangent = knots.map((_, i) => {
    if (count === 2) return slope[0]!;
    if (i === 0) return edge(step[0]!, step[1]!, slope[0]!, slope[1]!);
    if (i === count - 1) return edge(step[i - 1]!, step[i - 2]!, slope[i - 1]!, slope[i - 2]!);
    const [before, after] = [slope[i - 1]!, slope[i]!];
    if (before * after <= 0) return 0;
    const [w1, w2] = [2 * step[i]! + step[i - 1]!, step[i]! + 2 * step[i - 1]!];
    return (w1 + w2) / (w1 / before + w2 / after);
  });
  return (wanted) => {
    const time = Math.min(knots[count - 1]![0], Math.max(knots[0]![0], wanted));
    let i = 0;
    while (i < count - 2 && knots[i + 1]![0] <= time) i += 1;
    const h = step[i]!;
    const t = (time - knots[i]![0]) / h;
    const [t2, t3] = [t * t, t * t * t];
    return (
      (2 * t3 - 3 * t2 + 1) * knots[i]![1] + (t3 - 2 * t2 + t) * h * tangent[i]! +
      (-2 * t3 + 3 * t2) * knots[i + 1]![1] + (t3 - t2) * h * tangent[i + 1]!
    );
  };
}

/** The slope at an end, from three points, kept monotone. */
function edge(h0: number, h1: number, d0: number, d1: number): number {
  const slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1);
  if (Math.sign(slope) !== Math.sign(d0)) return 0;
  return Math.sign(d0) !== Math.sign(d1) && Math.abs(slope) > 3 * Math.abs(d0) ? 3 * d0 : slope;
}
