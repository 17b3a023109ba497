/** Named paths to place on the stage. Their points come from `tora_core/paths/presets.py`. */

import { clamp } from "./geometry";
import type { Kind, Point, Track } from "./model";
import table from "./presets.json"; // written by `python -m scripts.write_presets`

interface Preset {
  name: string;
  kind: Kind;
  closed: boolean;
  /** Points around (0, 0), about -1..1, with y downwards. The time between two points is always the same. */
  points: Point[];
}

const PRESETS = table as Preset[];

export type PresetName = string;
export const PRESET_NAMES: readonly PresetName[] = PRESETS.map((preset) => preset.name);

/** Usual size of a preset, as a part of the smaller side of the frame. */
export const USUAL_RADIUS = 0.3;

export type PlacedPreset = Pick<Track, "kind" | "closed" | "speed" | "points">;

/** A preset around a centre in 0..1. `radius` is a part of the frame's smaller side. */
export function placePreset(name: PresetName, centre: Point, radius: number, width: number, height: number): PlacedPreset {
  const preset = PRESETS.find((each) => each.name === name);
  if (!preset) throw new Error(`Expected a preset of ${PRESET_NAMES.join(", ")}, got ${name}.`);
  const side = Math.min(width, height) * radius;
  const points = preset.points.map(([x, y]): Point => [
    clamp(centre[0] + (x * side) / width),
    clamp(centre[1] + (y * side) / height),
  ]);
  return { kind: preset.kind, closed: preset.closed, speed: "points", points };
}
