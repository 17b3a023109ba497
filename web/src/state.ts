/** Changes to a drawing. Each function takes a drawing and returns a changed copy. No DOM. */

import { clamp, moved, smoothed } from "./geometry";
import { MAX_TRACKS, newTrack, type Drawing, type Point, type Track } from "./model";

/** A point of a track: the track's id and the point's index. */
export interface PointRef {
  track: string;
  index: number;
}

const unit = (point: Point): Point => moved(point, [round(clamp(point[0])), round(clamp(point[1]))]);
const round = (value: number): number => Math.round(value * 1e5) / 1e5;

/** All points of a track. */
export const pointsOf = (track: Track): PointRef[] => track.points.map((_, index) => ({ track: track.id, index }));

/** The points of a track inside a box. The box is given by two opposite corners in 0..1. */
export function pointsInside(track: Track, from: Point, to: Point): PointRef[] {
  const between = (value: number, a: number, b: number): boolean => value >= Math.min(a, b) && value <= Math.max(a, b);
  return pointsOf(track).filter(({ index }) => {
    const [x, y] = track.points[index]!;
    return between(x, from[0], to[0]) && between(y, from[1], to[1]);
  });
}

function changeTrack(drawing: Drawing, id: string, change: (track: Track) => Partial<Track>): Drawing {
  return {
    ...drawing,
    tracks: drawing.tracks.map((track) => (track.id === id ? { ...track, ...change(track) } : track)),
  };
}

/** Adds a track at the end of the list, and returns its id. The id is null where the list is full. */
export function addTrack(
  drawing: Drawing,
  points: Point[] = [],
  look: Partial<Pick<Track, "kind" | "closed" | "speed">> = {},
): [Drawing, string | null] {
  if (drawing.tracks.length >= MAX_TRACKS) return [drawing, null];
  const track = newTrack(drawing.tracks, { ...look, points: points.map(unit) });
  return [{ ...drawing, tracks: [...drawing.tracks, track] }, track.id];
}

export const removeTrack = (drawing: Drawing, id: string): Drawing => ({
  ...drawing,
  tracks: drawing.tracks.filter((track) => track.id !== id),
});

/** Copies a track, a little to the right and below the original. */
export function duplicateTrack(drawing: Drawing, id: string, shift = 0.03): [Drawing, string | null] {
  const source = drawing.tracks.find((track) => track.id === id);
  if (!source) return [drawing, null];
  const [next, copy] = addTrack(drawing, source.points.map((point): Point => moved(point, [point[0] + shift, point[1] + shift])));
  if (copy === null) return [drawing, null];
  const name = `${source.name} copy`;
  return [changeTrack(next, copy, ({ color, points }) => ({ ...source, id: copy, name, color, points })), copy];
}

/** Moves a track down the list by `by` places, or up where `by` is negative. */
export function reorderTrack(drawing: Drawing, id: string, by: number): Drawing {
  const from = drawing.tracks.findIndex((track) => track.id === id);
  const to = clamp(from + by, 0, drawing.tracks.length - 1);
  if (from < 0 || from === to) return drawing;
  const tracks = [...drawing.tracks];
  tracks.splice(to, 0, ...tracks.splice(from, 1));
  return { ...drawing, tracks };
}

export const setTrack = (drawing: Drawing, id: string, change: Partial<Track>): Drawing =>
  changeTrack(drawing, id, () => change);

/** Sets the start or the end of a track, in 0..1 of the clip. The other edge moves where it would be passed. */
export function setTiming(drawing: Drawing, id: string, edge: "start" | "end", value: number): Drawing {
  return changeTrack(drawing, id, (track) => {
    const pins = track.points.flatMap((point) => point[2] ?? []);
    const inside = edge === "start" ? Math.min(1, ...pins) : Math.max(0, ...pins); // pins stay between both
    const at = round(edge === "start" ? clamp(value, 0, inside) : clamp(value, inside, 1));
    return edge === "start" ? { start: at, end: Math.max(at, track.end) } : { end: at, start: Math.min(at, track.start) };
  });
}

export const insertPoint = (drawing: Drawing, id: string, index: number, point: Point): Drawing =>
  changeTrack(drawing, id, ({ points }) => ({ points: points.toSpliced(index, 0, unit(point)) }));

/** Moves points by a distance in 0..1. A group stops at the frame's edge as a whole, so that its shape stays the same. */
export function movePoints(drawing: Drawing, refs: readonly PointRef[], dx: number, dy: number): Drawing {
  const chosen = new Set(refs.map((ref) => `${ref.track}:${ref.index}`));
  const moving = (track: Track, index: number): boolean => !track.locked && chosen.has(`${track.id}:${index}`);
  const all = drawing.tracks.flatMap((track) => track.points.filter((_, index) => moving(track, index)));
  if (all.length === 0) return drawing;
  const limit = (axis: 0 | 1, by: number): number => {
    const values = all.map((point) => point[axis]);
    return clamp(by, -Math.min(...values), 1 - Math.max(...values));
  };
  const [x, y] = [limit(0, dx), limit(1, dy)];
  return {
    ...drawing,
    tracks: drawing.tracks.map((track) => {
      if (!track.points.some((_, index) => moving(track, index))) return track; // the stage draws only changed objects again
      const points = track.points.map((at, index) => (moving(track, index) ? unit(moved(at, [at[0] + x, at[1] + y])) : at));
      return { ...track, points };
    }),
  };
}

/** Moves points by a function of their place. Nothing moves if a point would leave the frame, so that the shape stays. */
export function mapPoints(drawing: Drawing, refs: readonly PointRef[], map: (point: Point) => Point): Drawing {
  const chosen = new Set(refs.map((ref) => `${ref.track}:${ref.index}`));
  let outside = false;
  const tracks = drawing.tracks.map((track) => {
    if (track.locked || !track.points.some((_, index) => chosen.has(`${track.id}:${index}`))) return track;
    const points = track.points.map((point, index) => {
      if (!chosen.has(`${track.id}:${index}`)) return point;
      const [x, y] = map(point);
      outside ||= x < 0 || x > 1 || y < 0 || y > 1;
      return unit(moved(point, [x, y]));
    });
    return { ...track, points };
  });
  return outside ? drawing : { ...drawing, tracks };
}

/** Removes points. A track without points is removed too. Locked tracks keep their points. */
export function removePoints(drawing: Drawing, refs: readonly PointRef[]): Drawing {
  const chosen = new Set(refs.map((ref) => `${ref.track}:${ref.index}`));
  const tracks = drawing.tracks.map((track) =>
    track.locked ? track : { ...track, points: track.points.filter((_, index) => !chosen.has(`${track.id}:${index}`)) },
  );
  return { ...drawing, tracks: tracks.filter((track, i) => track.points.length > 0 || drawing.tracks[i] === track) };
}

/** Travels a track from its end to its start. Pins keep their distance from the ends of the clip. */
export const reverseTrack = (drawing: Drawing, id: string): Drawing =>
  changeTrack(drawing, id, ({ points }) => ({
    points: points.toReversed().map(([x, y, pin]): Point => (pin === undefined ? [x, y] : [x, y, round(1 - pin)])),
  }));

/** Splits a track at a point. The point belongs to both parts; the second part begins when the first ends. */
export function splitTrack(drawing: Drawing, id: string, index: number): [Drawing, string | null] {
  const source = drawing.tracks.find((track) => track.id === id);
  if (!source || index < 1 || index > source.points.length - 2) return [drawing, null];
  const middle = source.points[index]![2] ?? round(source.start + ((source.end - source.start) * index) / (source.points.length - 1));
  const [next, part] = addTrack(drawing, source.points.slice(index));
  if (part === null) return [drawing, null];
  const second = changeTrack(next, part, ({ name, color, points }) => ({ ...source, id: part, name, color, points, closed: false, start: middle }));
  return [changeTrack(second, id, ({ points }) => ({ points: points.slice(0, index + 1), closed: false, end: middle })), part];
}

/** Pins a point to a time, between the pins before and after it. `null` removes the pin. `gap` is one frame. */
export function pinPoint(drawing: Drawing, { track: id, index }: PointRef, time: number | null, gap: number): Drawing {
  return changeTrack(drawing, id, ({ points }) => {
    const [x, y] = points[index]!;
    const before = points.slice(0, index).findLast((point) => point[2] !== undefined)?.[2];
    const after = points.slice(index + 1).find((point) => point[2] !== undefined)?.[2];
    const low = before === undefined ? 0 : before + gap;
    const high = after === undefined ? 1 : after - gap;
    if (time !== null && low > high) return {};
    const pinned: Point = time === null ? [x, y] : [x, y, round(clamp(time, low, high))];
    return { points: points.with(index, pinned) };
  });
}

/** Lets a track rest at a point for a while: a second point at the same place, pinned later. */
export function holdPoint(drawing: Drawing, ref: PointRef, from: number, to: number, gap: number): Drawing {
  const point = drawing.tracks.find((track) => track.id === ref.track)?.points[ref.index];
  if (!point) return drawing;
  const twice = insertPoint(drawing, ref.track, ref.index + 1, [point[0], point[1]]);
  const first = pinPoint(twice, ref, from, gap);
  return pinPoint(first, { ...ref, index: ref.index + 1 }, to, gap);
}

/** Sets between which times a track is visible. The other edge moves where it would be passed. */
export function setShown(drawing: Drawing, id: string, edge: "from" | "to", value: number): Drawing {
  return changeTrack(drawing, id, (track) => {
    const at = round(clamp(value));
    return edge === "from"
      ? { shown_from: at, shown_to: Math.max(at, track.shown_to) }
      : { shown_to: at, shown_from: Math.min(at, track.shown_from) };
  });
}

/** Moves a track in time: its start, its end and its pins, all by the same time. */
export function shiftTime(drawing: Drawing, id: string, by: number): Drawing {
  return changeTrack(drawing, id, ({ points, start, end }) => {
    const times = [start, end, ...points.flatMap((point) => point[2] ?? [])];
    const shift = clamp(by, -Math.min(...times), 1 - Math.max(...times));
    const move = (time: number): number => round(time + shift);
    return {
      start: move(start),
      end: move(end),
      points: points.map(([x, y, pin]): Point => (pin === undefined ? [x, y] : [x, y, move(pin)])),
    };
  });
}

export const smoothTrack = (drawing: Drawing, id: string): Drawing =>
  changeTrack(drawing, id, ({ points, closed }) => ({ points: smoothed(points, closed).map(unit) }));
