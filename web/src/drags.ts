/** What a pointer does from press to release: move points, size a preset, draw freehand, or draw a selection box. */

import simplify from "simplify-js";
import type { Drawing, Point, Track, VideoSize } from "./model";
import { placePreset, type PresetName } from "./presets";
import * as state from "./state";

const FREEHAND_TOLERANCE_PX = 2.5;
const MIN_PRESET_RADIUS = 0.03;

/** What drags read and change. */
export interface DragHost {
  size(): VideoSize;
  drawing(): Drawing;
  selected(): Track | null;
  choose(refs: readonly state.PointRef[]): void;
  edit(drawing: Drawing, settled: "pointer" | "no"): void;
}

/** Shows and hides the selection box. */
export interface BoxView {
  showBox(from: Point, to: Point): void;
  hideBox(): void;
}

/** One drag. Places are in 0..1 of the frame. */
export interface Drag {
  move(to: Point): void;
  finish(): void;
  cancel(): void;
}

/** Moves points, all by the same distance. */
export function pointsDrag(host: DragHost, refs: readonly state.PointRef[], from: Point): Drag {
  const before = host.drawing();
  return {
    move: (to) => host.edit(state.movePoints(before, refs, to[0] - from[0], to[1] - from[1]), "no"),
    finish: () => host.edit(host.drawing(), "pointer"),
    cancel: () => host.edit(before, "no"),
  };
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

/** Draws a line under the pointer, and keeps fewer points of it at the end. */
export function freehandDrag(host: DragHost, track: string, from: Point): Drag {
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
      const points = simplify(px, FREEHAND_TOLERANCE_PX, true).map(({ x, y }): Point => [x / width, y / height]);
      host.edit(state.setTrack(before, track, { points }), "pointer");
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
