/** Writes tracks as text: for another editor, for other packs, for Tora's own code. */

import { sampleObject } from "./geometry";
import type { Drawing, Point, Track } from "./model";
import { isShown } from "./timing";
import { formatValue } from "./value";

/** One track as text, to paste into another editor. */
export const exportTrack = (track: Track): string => JSON.stringify({ tora_track: track });

export const EXPORTS = ["Tora text", "coordinates", "TRACKS", "drawing"] as const;
export type Export = (typeof EXPORTS)[number];

/** All visible tracks as text in one of the export forms. */
export function exportDrawing(drawing: Drawing, form: Export, frames: number): string {
  const [width, height] = drawing.canvas;
  const tracks = drawing.tracks.filter((track) => track.visible && track.points.length > 0);
  const objects = (): Point[][][] => tracks.map((track) => sampleObject(track, frames, width, height));
  switch (form) {
    case "Tora text": // `x,y` lines on Tora's 256x256 canvas, with an empty line between paths
      return tracks
        .map((track) => track.points.map(([x, y]) => `${Math.round(x * 256)},${Math.round(y * 256)}`).join("\n"))
        .join("\n\n");
    case "coordinates": // one point per frame, as KJNodes' spline editor writes them
      return JSON.stringify(objects().flat().map((path) => path.map(([x, y]) => ({ x: hundredth(x), y: hundredth(y) }))));
    case "TRACKS": {
      const made = objects();
      const paths = made.flat();
      const track_path = Array.from({ length: frames }, (_, i) => paths.map((path) => [hundredth(path[i]![0]), hundredth(path[i]![1])]));
      const track_visibility = Array.from({ length: frames }, (_, i) => tracks.flatMap((track, n) => made[n]!.map(() => isShown(track, i, frames))));
      const hides = tracks.some((track) => track.shown_from > 0 || track.shown_to < 1);
      return JSON.stringify({ track_path, ...(hides ? { track_visibility } : {}), canvas: [width, height] });
    }
    case "drawing":
      return formatValue(drawing);
  }
}

const hundredth = (value: number): number => Math.round(value * 100) / 100;
