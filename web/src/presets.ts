/** The nine motions that Tora shows, as our own parametric curves: points in 0..1 around a centre. */

import { clamp } from "./geometry";
import type { Point } from "./model";

const TAU = 2 * Math.PI;

/** A shape around (0, 0), about -1..1, at a parameter 0..1; y grows downwards. */
interface Preset {
  points: number;
  at: (t: number) => Point;
}

export const PRESETS = {
  circle: { points: 13, at: (t) => [Math.cos(TAU * t), Math.sin(TAU * t)] },
  spiral: { points: 25, at: (t) => [t * Math.cos(3 * TAU * t), t * Math.sin(3 * TAU * t)] },
  coaster: { points: 17, at: (t) => [2 * t - 1, -Math.cos(2.5 * TAU * t) * (1 - 0.6 * t)] },
  dance: { points: 21, at: (t) => [Math.sin(2 * TAU * t), -Math.abs(Math.sin(4 * TAU * t)) * 0.8 + 0.4] },
  infinity: { points: 25, at: (t) => [Math.sin(TAU * t), 0.6 * Math.sin(2 * TAU * t)] },
  pause: { points: 13, at: (t) => [t < 0.4 ? 2.5 * t - 1 : t < 0.6 ? 0 : 2.5 * t - 1.5, 0] },
  shake: { points: 25, at: (t) => [0.5 * Math.sin(6 * TAU * t) * (1 - t), 0.2 * Math.cos(3 * TAU * t) * (1 - t)] },
  wave: { points: 17, at: (t) => [2 * t - 1, 0.5 * Math.sin(2 * TAU * t)] },
  sawtooth: { points: 9, at: (t) => [2 * t - 1, Math.round(8 * t) % 2 === 0 ? 0.5 : -0.5] },
} satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;
export const PRESET_NAMES = Object.keys(PRESETS) as PresetName[];

/** A preset's points around a centre in 0..1, `radius` being a part of the frame's smaller side. */
export function presetPoints(name: PresetName, centre: Point, radius: number, width: number, height: number): Point[] {
  const { points, at }: Preset = PRESETS[name];
  const side = Math.min(width, height) * radius;
  return Array.from({ length: points }, (_, i): Point => {
    const [x, y] = at(i / (points - 1));
    return [clamp(centre[0] + (x * side) / width), clamp(centre[1] + (y * side) / height)];
  });
}
