/** Reads text in any known form as tracks. */

import { clamp } from "./geometry";
import { MAX_TRACKS, newTrack, type Point, type Track, type VideoSize } from "./model";
import { pointFrames, samplePath, type DrawnPath } from "./reading/path";
import { readTable } from "./reading/tables";
import { readTrajectories } from "./reading/trajectories";
import { MAX_POINTS, cleanText } from "./reading/typed";
import { timeOf } from "./timing";
import { isKnown, isRecord, readDrawing, readTrack } from "./value";

/**
 * Reads paths in any known form as tracks: the editor's value, one of its tracks, or any coordinates.
 *
 * Numbers up to 1.5 are parts of the frame. `x,y` lines without names are on Tora's 256x256 canvas, others on the
 * canvas that the text names, or else on the video.
 * @throws Error with a sentence for the user.
 */
export function importTracks(text: string, size: VideoSize, existing: readonly Track[]): { tracks: Track[]; notes: string[] } {
  const value = readOwn(text);
  if (isRecord(value) && isKnown(value)) return { tracks: rename(readDrawing(value).tracks, existing), notes: [] };
  if (isRecord(value) && isRecord(value.tora_track)) {
    return { tracks: rename([readTrack(value.tora_track, 0, new Set())], existing), notes: [] };
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

/** Draws a path with its own points. Its times become pins, and its hidden ends the times when it is visible. */
function toTrack(path: DrawnPath, [width, height]: [number, number], frames: number): Track {
  const plain = !path.frames && !path.parts && path.rest[0] === 0 && path.rest[1] === 0;
  const times = pointFrames(path, frames).map((frame) => clamp(timeOf(frame, frames)));
  const known = path.points.flatMap((point, i) => (point ? [{ point, time: times[i]! }] : []));
  const shown = samplePath(path, frames).flatMap((point, frame) => (point ? [frame] : []));
  const timed = !plain || known.length < path.points.length;
  const points = known
    .filter((each, i) => !timed || i === 0 || each.time > known[i - 1]!.time)
    .map(({ point: [x, y], time }): Point => {
      const [left, top] = [clamp(x / width), clamp(y / height)];
      return timed ? [left, top, Math.round(time * 1e5) / 1e5] : [left, top];
    });
  return {
    ...newTrack([]),
    kind: "linear",
    speed: "points",
    points,
    shown_from: timeOf(shown[0] ?? 0, frames),
    shown_to: timeOf(shown.at(-1) ?? frames - 1, frames),
  };
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
