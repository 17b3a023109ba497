/** What can be done to a drawing. Pure functions: a drawing in, another one out, no DOM. */

import { clamp, smoothed } from "./geometry";
import { MAX_TRACKS, newTrack, type Drawing, type Kind, type Point, type Track } from "./model";

/** A point of a track, by the track's id and the point's index. */
export interface PointRef {
  track: string;
  index: number;
}

const unit = ([x, y]: Point): Point => [round(clamp(x)), round(clamp(y))];
const round = (value: number): number => Math.round(value * 1e5) / 1e5;

export function withTrack(drawing: Drawing, id: string, change: (track: Track) => Partial<Track>): Drawing {
  return {
    ...drawing,
    tracks: drawing.tracks.map((track) => (track.id === id ? { ...track, ...change(track) } : track)),
  };
}

export function addTrack(drawing: Drawing, points: Point[] = [], kind: Kind = "spline"): [Drawing, string | null] {
  if (drawing.tracks.length >= MAX_TRACKS) return [drawing, null];
  const track = newTrack(drawing.tracks, points.map(unit), kind);
  return [{ ...drawing, tracks: [...drawing.tracks, track] }, track.id];
}

export const removeTrack = (drawing: Drawing, id: string): Drawing => ({
  ...drawing,
  tracks: drawing.tracks.filter((track) => track.id !== id),
});

export function duplicateTrack(drawing: Drawing, id: string, shift = 0.03): [Drawing, string | null] {
  const source = drawing.tracks.find((track) => track.id === id);
  if (!source) return [drawing, null];
  return pasteTrack(drawing, { ...source, points: source.points.map(([x, y]): Point => [x + shift, y + shift]) });
}

/** Adds a track from elsewhere under an id, a colour and a name of its own. */
export function pasteTrack(drawing: Drawing, track: Track): [Drawing, string | null] {
  const [next, id] = addTrack(drawing, track.points, track.kind);
  if (id === null) return [drawing, null];
  const name = drawing.tracks.some((each) => each.name === track.name) ? `${track.name} copy` : track.name;
  return [withTrack(next, id, (made) => ({ ...track, id, color: made.color, name, points: made.points })), id];
}

/** Moves a track `by` places up or down the list. */
export function reorderTrack(drawing: Drawing, id: string, by: number): Drawing {
  const from = drawing.tracks.findIndex((track) => track.id === id);
  const to = clamp(from + by, 0, drawing.tracks.length - 1);
  if (from < 0 || from === to) return drawing;
  const tracks = [...drawing.tracks];
  tracks.splice(to, 0, ...tracks.splice(from, 1));
  return { ...drawing, tracks };
}

export const setTrack = (drawing: Drawing, id: string, change: Partial<Track>): Drawing =>
  withTrack(drawing, id, () => change);

/** Sets start and end of a track, in order and inside the clip; the other end gives way. */
export function setTiming(drawing: Drawing, id: string, edge: "start" | "end", value: number): Drawing {
  return withTrack(drawing, id, (track) => {
    const at = round(clamp(value));
    return edge === "start" ? { start: at, end: Math.max(at, track.end) } : { end: at, start: Math.min(at, track.start) };
  });
}

export const insertPoint = (drawing: Drawing, id: string, index: number, point: Point): Drawing =>
  withTrack(drawing, id, ({ points }) => ({ points: points.toSpliced(index, 0, unit(point)) }));

/** Moves points by a distance in 0..1; a group stops as one at the frame's edge, so that its shape survives. */
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
      if (!track.points.some((_, index) => moving(track, index))) return track; // the view redraws what changed
      const points = track.points.map((at, index) => (moving(track, index) ? unit([at[0] + x, at[1] + y]) : at));
      return { ...track, points };
    }),
  };
}

/** Removes points; a track that loses its last one goes as well. */
export function removePoints(drawing: Drawing, refs: readonly PointRef[]): Drawing {
  const chosen = new Set(refs.map((ref) => `${ref.track}:${ref.index}`));
  const tracks = drawing.tracks.map((track) =>
    track.locked ? track : { ...track, points: track.points.filter((_, index) => !chosen.has(`${track.id}:${index}`)) },
  );
  return { ...drawing, tracks: tracks.filter((track, i) => track.points.length > 0 || drawing.tracks[i] === track) };
}

export const reverseTrack = (drawing: Drawing, id: string): Drawing =>
  withTrack(drawing, id, ({ points }) => ({ points: points.toReversed() }));

export const smoothTrack = (drawing: Drawing, id: string): Drawing =>
  withTrack(drawing, id, ({ points, closed }) => ({ points: smoothed(points, closed).map(unit) }));
