/** The editor's value: what is drawn, as it stands in the workflow. Version 1; `tora_core/paths/drawing.py` reads it. */

export type Point = [number, number];
export type Kind = "spline" | "linear" | "freehand" | "static";
export type Ease = "linear" | "in" | "out" | "in_out";
export type Speed = "constant" | "points";

export interface Track {
  id: string;
  name: string;
  color: string;
  kind: Kind;
  /** Of a spline: 0 is round, 1 is straight. */
  tension: number;
  closed: boolean;
  /** In 0..1 of the frame, so that they survive any resize. */
  points: Point[];
  /** When in the clip the track leaves its first point and reaches its last one, 0..1. */
  start: number;
  end: number;
  ease: Ease;
  speed: Speed;
  visible: boolean;
  locked: boolean;
}

export interface Background {
  filename: string;
  subfolder: string;
  type: string;
}

export interface Drawing {
  version: 1;
  canvas: [number, number];
  tracks: Track[];
  bg: Background | null;
}

export const KINDS: Kind[] = ["spline", "linear", "freehand", "static"];
export const EASES: Ease[] = ["linear", "in", "out", "in_out"];
export const SPEEDS: Speed[] = ["constant", "points"];
export const COLORS = ["#e63946", "#1d78b4", "#2a9d5a", "#f48c14", "#7b4bb4", "#0096a0", "#d6468c", "#8a7a2a"];
export const MAX_TRACKS = 1024;

export const emptyDrawing = (canvas: [number, number] = [720, 480]): Drawing => ({
  version: 1,
  canvas,
  tracks: [],
  bg: null,
});

export function newTrack(tracks: readonly Track[], points: Point[] = [], kind: Kind = "spline"): Track {
  const taken = new Set(tracks.map((track) => track.id));
  let number = tracks.length + 1;
  while (taken.has(`t${number}`)) number += 1;
  return {
    id: `t${number}`,
    name: `Track ${number}`,
    color: COLORS[(number - 1) % COLORS.length]!,
    kind,
    tension: 0,
    closed: false,
    points,
    start: 0,
    end: 1,
    ease: "linear",
    speed: "constant",
    visible: true,
    locked: false,
  };
}
