/** What a pointer does from press to release: move points, size a preset, draw freehand, or draw a selection box. */

import simplify from "simplify-js";
import type { Drawing, Point, Track, VideoSize } from "./model";
import { placePreset, type PresetName } from "./presets";
import * as state from "./state";
import { transformBy, type Handle } from "./transformbox";

/** Largest distance of a freehand line from its curve, in pixels of the screen. */
const FREEHAND_TOLERANCE = 1.5;
/** A pointer that moves less than this on the screen has clicked. */
const CLICK = 4;
const ANGLE_STEP = Math.PI / 12;
const MIN_PRESET_RADIUS = 0.03;

/** What drags read and change. */
export interface DragHost {
  size(): VideoSize;
  drawing(): Drawing;
  selected(): Track | null;
  choose(refs: readonly state.PointRef[]): void;
  edit(drawing: Drawing, settled: "pointer" | "no"): void;
  /** Video pixels per screen pixel. */
  unit(): number;
  /** The nearest place on the grid, if points snap to it. */
  snap(place: Point): Point;
}

/** Shows and hides the selection box. */
export interface BoxView {
  showBox(from: Point, to: Point): void;
  hideBox(): void;
}

/** One drag. Places are in 0..1 of the frame. */
export interface Drag {
  /** `shift`: the key is held. */
  move(to: Point, shift: boolean): void;
  finish(): void;
  cancel(): void;
}

/** Moves points, all by the same distance. Shift turns a single point around its neighbour in steps of 15 degrees. */
export function pointsDrag(host: DragHost, refs: readonly state.PointRef[], from: Point): Drag {
  const before = host.drawing();
  const [only] = refs;
  const track = before.tracks.find((each) => each.id === only?.track);
  const point = refs.length === 1 && track && only ? track.points[only.index] : undefined;
  const neighbour = track && only ? (track.points[only.index - 1] ?? track.points[only.index + 1]) : undefined;
  let moved = false;
  return {
    move: (to, shift) => {
      moved ||= isDrag(host, from, to);
      if (!moved) return;
      let [dx, dy] = [to[0] - from[0], to[1] - from[1]];
      if (point) {
        const wanted: Point = [point[0] + dx, point[1] + dy];
        const [x, y] = shift && neighbour ? turnInSteps(host.size(), neighbour, wanted) : host.snap(wanted);
        [dx, dy] = [x - point[0], y - point[1]];
      }
      host.edit(state.movePoints(before, refs, dx, dy), "no");
    },
    finish: () => host.edit(host.drawing(), "pointer"),
    cancel: () => host.edit(before, "no"),
  };
}

/** Moves a whole track by its line. A click on the line instead inserts a point. */
export function lineDrag(host: DragHost, track: Track, from: Point, click: () => void): Drag {
  const whole = pointsDrag(host, state.pointsOf(track), from);
  let moved = false;
  return {
    move: (to, shift) => {
      moved ||= isDrag(host, from, to);
      if (moved) whole.move(to, shift);
    },
    finish: () => (moved ? whole.finish() : click()),
    cancel: () => whole.cancel(),
  };
}

/** Scales or turns the chosen points by a handle of the box around them. A step that would leave the frame is not made. */
export function transformDrag(host: DragHost, handle: Handle, refs: readonly state.PointRef[], from: Point): Drag {
  const before = host.drawing();
  const points = refs.map(({ track, index }) => before.tracks.find((each) => each.id === track)!.points[index]!);
  let last = before;
  return {
    move: (to, shift) => {
      const next = state.mapPoints(before, refs, transformBy(handle, points, host.size(), from, to, shift));
      if (next !== before) last = next;
      host.edit(last, "no");
    },
    finish: () => host.edit(host.drawing(), "pointer"),
    cancel: () => host.edit(before, "no"),
  };
}

/** Draws freehand if the pointer moves, or places a point if it does not. */
export function firstDrag(host: DragHost, track: string, from: Point, click: () => void): Drag {
  let freehand: Drag | null = null;
  return {
    move: (to, shift) => {
      if (!freehand && isDrag(host, from, to)) freehand = freehandDrag(host, track, from);
      freehand?.move(to, shift);
    },
    finish: () => (freehand ? freehand.finish() : click()),
    cancel: () => freehand?.cancel(),
  };
}

function isDrag(host: DragHost, from: Point, to: Point): boolean {
  const { width, height } = host.size();
  return Math.hypot((to[0] - from[0]) * width, (to[1] - from[1]) * height) > CLICK * host.unit();
}

/** The place nearest to a wanted one whose direction from a neighbour is a multiple of 15 degrees. */
function turnInSteps({ width, height }: VideoSize, neighbour: Point, wanted: Point): Point {
  const [x, y] = [(wanted[0] - neighbour[0]) * width, (wanted[1] - neighbour[1]) * height];
  const angle = Math.round(Math.atan2(y, x) / ANGLE_STEP) * ANGLE_STEP;
  const length = x * Math.cos(angle) + y * Math.sin(angle);
  return [neighbour[0] + (Math.cos(angle) * length) / width, neighbour[1] + (Math.sin(angle) * length) / height];
}

/** Makes a placed preset as large as the pointer is far from its centre. */
export function presetDrag(host: DragHost, name: PresetName, track: string, centre: Point): Drag {
  const before = host.drawing();
  return {
    move: (to) => {
      const { width, height } = host.size();
      const radius = Math.hypot((to[0] - centre[0]) * width, (to[1] - centre[1]) * height) / Math.min(width, height);
      const placed = placePreset(name, centre, Math.max(radius, MIN_PRESET_RADIUS), width, height);
      host.edit(state.setTrack(before, track, placed), "no");
    },
    finish: () => {
      const selected = host.selected();
      if (selected) host.choose(state.pointsOf(selected)); // so that a drag on any point moves the whole shape
      host.edit(host.drawing(), "pointer");
    },
    cancel: () => host.edit(before, "no"),
  };
}

/** Draws a line under the pointer. At the end it becomes a smooth curve of few points. */
function freehandDrag(host: DragHost, track: string, from: Point): Drag {
  const before = host.drawing();
  const line = [from];
  return {
    move: (to) => {
      line.push(to);
      host.edit(state.setTrack(before, track, { points: [...line] }), "no");
    },
    finish: () => {
      const { width, height } = host.size();
      const px = line.map(([x, y]) => ({ x: x * width, y: y * height }));
      const points = simplify(px, FREEHAND_TOLERANCE * host.unit(), true).map(({ x, y }): Point => [x / width, y / height]);
      host.edit(state.setTrack(before, track, { points, kind: "spline" }), "pointer");
    },
    cancel: () => host.edit(before, "no"),
  };
}

/** Draws a box, and chooses the selected track's points inside it. */
export function boxDrag(host: DragHost, view: BoxView, from: Point): Drag {
  let corner = from;
  return {
    move: (to) => {
      corner = to;
      view.showBox(from, to);
    },
    finish: () => {
      view.hideBox();
      const track = host.selected();
      host.choose(track ? state.pointsInside(track, from, corner) : []);
    },
    cancel: () => {
      view.hideBox();
      host.choose([]);
    },
  };
}
