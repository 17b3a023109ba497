/** Curves, equal to `tora_core/paths/drawn_motion.py`. Tests compare both with `tests/golden_editor.json`. */

import type { Point, Track } from "./model";
import { progress, timeOf, travel } from "./timing";

export const SAMPLES_PER_SEGMENT = 32;
const RING_POINTS = 6;

export const clamp = (value: number, low = 0, high = 1): number => Math.min(high, Math.max(low, value));

/** A point at another place. It keeps its pin. */
export const moved = ([, , pin]: Point, [x, y]: Point): Point => (pin === undefined ? [x, y] : [x, y, pin]);

/** The `d` attribute of a track's line, in pixels of a frame of this size. A curve within `tolerance` of a line is drawn as one. */
export function pathData(track: Track, width: number, height: number, tolerance = 0): string {
  const px = track.points.map(([x, y]): Point => [x * width, y * height]);
  if (px.length < 2 || track.kind === "static") return "";
  const { points, tangents } = curveThrough(px, track);
  const parts = points.slice(1).map(([x, y], i) => {
    if (track.kind !== "spline") return `L${x} ${y}`;
    // A Hermite segment as a Bezier segment: its inner points lie a third of the tangent from its ends.
    const [[fromX, fromY], [mx, my], [nx, ny]] = [points[i]!, tangents[i]!, tangents[i + 1]!];
    const [dx, dy] = [x - fromX, y - fromY];
    if (Math.max(Math.hypot(mx - dx, my - dy), Math.hypot(nx - dx, ny - dy)) < 4 * tolerance) return `L${x} ${y}`;
    return `C${fromX + mx / 3} ${fromY + my / 3} ${x - nx / 3} ${y - ny / 3} ${x} ${y}`;
  });
  return `M${points[0]![0]} ${points[0]![1]}${parts.join("")}${track.closed ? "Z" : ""}`;
}

interface Curve {
  /** Place for a parameter in 0..segments, one unit per segment. */
  at: (parameter: number) => Point;
  segments: number;
  /** The points, with the first again at the end of a closed line. */
  points: Point[];
  tangents: Point[];
}

/** Weights of a segment's start, the tangent there, its end and the tangent there, at a part of the segment. */
function hermite(t: number): [number, number, number, number] {
  const [t2, t3] = [t * t, t * t * t];
  return [2 * t3 - 3 * t2 + 1, t3 - 2 * t2 + t, -2 * t3 + 3 * t2, t3 - t2];
}

/** A track's curve through its points: a cardinal spline or straight lines. */
export function curveThrough(px: Point[], track: Track): Curve {
  const points = track.closed ? [...px, px[0]!] : px;
  const segments = points.length - 1;
  const tangents = points.map((_, i): Point => {
    const inner = i > 0 && i < segments;
    if (!inner && !track.closed) return [0, 0];
    const [before, after] = inner ? [points[i - 1]!, points[i + 1]!] : [points[segments - 1]!, points[1]!];
    const scale = (1 - track.tension) / 2;
    return [(after[0] - before[0]) * scale, (after[1] - before[1]) * scale];
  });
  const at = (parameter: number): Point => {
    const i = Math.min(segments - 1, Math.max(0, Math.floor(parameter)));
    const t = parameter - i;
    const [a, b] = [points[i]!, points[i + 1]!];
    if (track.kind !== "spline") return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
    const [m, n] = [tangents[i]!, tangents[i + 1]!];
    const [h00, h10, h01, h11] = hermite(t);
    return [h00 * a[0] + h10 * m[0] + h01 * b[0] + h11 * n[0], h00 * a[1] + h10 * m[1] + h01 * b[1] + h11 * n[1]];
  };
  return { at, segments, points, tangents };
}

/** When a track comes to one of its points, in 0..1 of the clip. */
export function timeAtPoint(track: Track, index: number, width: number, height: number): number {
  const way = wayOf(track, width, height);
  if (!way) return 0;
  const travelled = travel(track, way.knots);
  let [low, high] = [0, 1];
  for (let i = 0; i < 40; i += 1) {
    const middle = (low + high) / 2;
    if (travelled(middle) < way.knots[index]! - 1e-9) low = middle;
    else high = middle;
  }
  return index === 0 ? 0 : high;
}

/** The way of a track that moves. Distances are in pixels, or in segments where the speed follows the points. */
interface Way {
  /** The distance of each control point from the first. A closed track has one more. */
  knots: number[];
  place: (distance: number) => Point;
}

interface SizedWay {
  width: number;
  height: number;
  way: Way | null;
}

/** The last way of each track. A changed track is another object. */
const ways = new WeakMap<Track, SizedWay>();

/** The way of a track, or null for a track that has no line. */
function wayOf(track: Track, width: number, height: number): Way | null {
  let found = ways.get(track);
  if (found?.width !== width || found.height !== height) {
    const px = track.points.map(([x, y]): Point => [x * width, y * height]);
    found = { width, height, way: px.length < 2 || track.kind === "static" ? null : measure(px, track) };
    ways.set(track, found);
  }
  return found.way;
}

function measure(px: Point[], track: Track): Way {
  const curve = curveThrough(px, track);
  const { at, segments } = curve;
  if (track.speed === "points") return { knots: Array.from({ length: segments + 1 }, (_, i) => i), place: at };
  const lengths = track.kind === "spline" ? splineLengths(curve) : lineLengths(curve);
  return {
    knots: Array.from({ length: segments + 1 }, (_, i) => lengths[i * SAMPLES_PER_SEGMENT]!),
    place: (distance) => interpolate(at, lengths, distance),
  };
}

/** Weights of a Hermite segment's ends and tangents at each of its samples. */
const HERMITE = Float64Array.from({ length: 4 * (SAMPLES_PER_SEGMENT + 1) }, (_, i) => hermite(Math.floor(i / 4) / SAMPLES_PER_SEGMENT)[i % 4]!);

/** How far each sample of a spline is along it. Thousands of tracks are measured at once, so this makes no points. */
function splineLengths({ segments, points, tangents }: Curve): Float64Array {
  const lengths = new Float64Array(segments * SAMPLES_PER_SEGMENT + 1);
  let [length, index] = [0, 0];
  for (let segment = 0; segment < segments; segment += 1) {
    const [ax, ay] = points[segment]!;
    const [bx, by] = points[segment + 1]!;
    const [mx, my] = tangents[segment]!;
    const [nx, ny] = tangents[segment + 1]!;
    let [fromX, fromY] = [ax, ay];
    for (let i = 4; i < HERMITE.length; i += 4) {
      const x = HERMITE[i]! * ax + HERMITE[i + 1]! * mx + HERMITE[i + 2]! * bx + HERMITE[i + 3]! * nx;
      const y = HERMITE[i]! * ay + HERMITE[i + 1]! * my + HERMITE[i + 2]! * by + HERMITE[i + 3]! * ny;
      length += Math.sqrt((x - fromX) * (x - fromX) + (y - fromY) * (y - fromY));
      lengths[(index += 1)] = length;
      fromX = x;
      fromY = y;
    }
  }
  return lengths;
}

/** How far each sample of straight lines is along them. */
function lineLengths({ segments, points }: Curve): Float64Array {
  const lengths = new Float64Array(segments * SAMPLES_PER_SEGMENT + 1);
  for (let i = 1; i < lengths.length; i += 1) {
    const segment = Math.floor((i - 1) / SAMPLES_PER_SEGMENT);
    const [[ax, ay], [bx, by]] = [points[segment]!, points[segment + 1]!];
    lengths[i] = lengths[i - 1]! + Math.hypot(bx - ax, by - ay) / SAMPLES_PER_SEGMENT;
  }
  return lengths;
}

/** A function from the time in the clip, 0..1, to the track's place in pixels. */
export function placeOf(track: Track, width: number, height: number): (time: number) => Point {
  const way = wayOf(track, width, height);
  const [x, y] = track.points[0] ?? [0, 0];
  if (!way || way.knots.at(-1) === 0) return () => [x * width, y * height];
  const travelled = travel(track, way.knots);
  return (time) => way.place(travelled(time));
}

/** A function from a part of a track's way, 0..1, to the place in pixels, whatever the track's times are. */
export function placeAlong(track: Track, width: number, height: number): (part: number) => Point {
  const way = wayOf(track, width, height);
  const [x, y] = track.points[0] ?? [0, 0];
  return (part) => (way ? way.place(part * way.knots.at(-1)!) : [x * width, y * height]);
}

/** A function from the time in the clip to the points of the track's object in pixels: its middle, and a ring around it. */
export function objectOf(track: Track, width: number, height: number): (time: number) => Point[] {
  const place = placeOf(track, width, height);
  if (track.radius === 0) return (time) => [place(time)];
  return (time) => {
    const [x, y] = place(time);
    const at = progress(track, time);
    const radius = track.radius * Math.min(width, height) * track.scale ** at;
    const turn = (track.rotation * at * Math.PI) / 180;
    const ring = Array.from({ length: RING_POINTS }, (_, i): Point => {
      const angle = turn + (2 * Math.PI * i) / RING_POINTS;
      return [x + radius * Math.cos(angle), y + radius * Math.sin(angle)];
    });
    return [[x, y], ...ring];
  };
}

/** The path of each point of a track's object, in pixels. */
export function sampleObject(track: Track, frames: number, width: number, height: number): Point[][] {
  const points = objectOf(track, width, height);
  const sampled = Array.from({ length: frames }, (_, i) => points(timeOf(i, frames)));
  return sampled[0]!.map((_, index) => sampled.map((each) => each[index]!));
}

/** The place on a curve after a distance, between the two samples around it. */
function interpolate(at: Curve["at"], lengths: Float64Array, wanted: number): Point {
  let [low, high] = [0, lengths.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (lengths[middle]! <= wanted) low = middle;
    else high = middle;
  }
  const span = lengths[high]! - lengths[low]!;
  const t = span > 0 ? clamp((wanted - lengths[low]!) / span) : 0;
  const [a, b] = [at(low / SAMPLES_PER_SEGMENT), at(high / SAMPLES_PER_SEGMENT)];
  return [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];
}

/** The index at which a new point is inserted into a track's line, for a place in pixels. */
export function insertIndex(track: Track, place: Point, width: number, height: number): number {
  const px = track.points.map(([x, y]): Point => [x * width, y * height]);
  if (px.length < 2) return px.length;
  const { at, segments } = curveThrough(px, track);
  let [best, distance] = [0, Infinity];
  for (let i = 0; i <= segments * SAMPLES_PER_SEGMENT; i += 1) {
    const [x, y] = at(i / SAMPLES_PER_SEGMENT);
    const away = Math.hypot(x - place[0], y - place[1]);
    if (away < distance) [best, distance] = [i / SAMPLES_PER_SEGMENT, away];
  }
  return Math.min(segments, Math.floor(best) + 1);
}

/** Smooths a line: each point becomes a weighted average with its neighbours. An open line keeps its ends. */
export function smoothed(points: readonly Point[], closed: boolean): Point[] {
  const count = points.length;
  if (count < 3) return [...points];
  return points.map((point, i): Point => {
    if (!closed && (i === 0 || i === count - 1)) return point;
    const [x, y] = point;
    const [before, after] = [points[(i + count - 1) % count]!, points[(i + 1) % count]!];
    return moved(point, [(before[0] + 2 * x + after[0]) / 4, (before[1] + 2 * y + after[1]) / 4]);
  });
}
