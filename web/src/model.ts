/** The editor's value, version 2, as a workflow stores it. `tora_core/paths/drawing.py` reads it. */

/** x and y in 0..1 of the frame, and where the point is pinned its time in 0..1 of the clip. */
export type Point = [x: number, y: number, pin?: number];
export type Kind = "spline" | "linear" | "freehand" | "static";
export type Ease = "linear" | "in" | "out" | "in_out";
export type Speed = "constant" | "points";

export interface Track {
  id: string;
  name: string;
  color: string;
  kind: Kind;
  /** Shape of a spline: 0 is round, 1 is straight. */
  tension: number;
  closed: boolean;
  /** Points in 0..1 of the frame. They stay right when the frame's size changes. */
  points: Point[];
  /** Times in 0..1 of the clip: when the track leaves its first point, and when it reaches its last one. */
  start: number;
  end: number;
  ease: Ease;
  speed: Speed;
  visible: boolean;
  locked: boolean;
  /** Times in 0..1 of the clip between which the track is visible. */
  shown_from: number;
  shown_to: number;
  /** Size of the object on the track, as a part of the frame's shorter side. 0 is a single point. */
  radius: number;
  /** Size at the end relative to the start, and turn in degrees, of the object. */
  scale: number;
  rotation: number;
}

export interface Background {
  filename: string;
  subfolder: string;
  type: string;
}

export interface Drawing {
  version: 2;
  canvas: [number, number];
  tracks: Track[];
  bg: Background | null;
}

/** Size of the video in pixels, and its number of frames. */
export interface VideoSize {
  width: number;
  height: number;
  frames: number;
}

export const KINDS: Kind[] = ["spline", "linear", "freehand", "static"];
export const EASES: Ease[] = ["linear", "in", "out", "in_out"];
export const SPEEDS: Speed[] = ["constant", "points"];
export const COLORS = ["#e63946", "#1d78b4", "#2a9d5a", "#f48c14", "#7b4bb4", "#0096a0", "#d6468c", "#8a7a2a"];
export const MAX_TRACKS = 1024;
export const MAX_SCALE = 10;
export const MAX_DEGREES = 3600;

export const emptyDrawing = (canvas: [number, number] = [720, 480]): Drawing => ({
  version: 2,
  canvas,
  tracks: [],
  bg: null,
});

/** The first number from `from` on whose id is free. */
export function freeNumber(taken: ReadonlySet<string>, from: number): number {
  let number = from;
  while (taken.has(`t${number}`)) number += 1;
  return number;
}

/** A track with the first free id, and the name and colour of its number. `given` replaces defaults. */
export function newTrack(tracks: readonly Track[], given: Partial<Track> = {}): Track {
  const number = freeNumber(new Set(tracks.map((track) => track.id)), tracks.length + 1);
  return {
    id: `t${number}`,
    name: `Track ${number}`,
    color: COLORS[(number - 1) % COLORS.length]!,
    kind: "spline",
    tension: 0,
    closed: false,
    points: [],
    start: 0,
    end: 1,
    ease: "linear",
    speed: "constant",
    visible: true,
    locked: false,
    shown_from: 0,
    shown_to: 1,
    radius: 0,
    scale: 1,
    rotation: 0,
    ...given,
  };
}
