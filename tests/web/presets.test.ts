import { describe, expect, it } from "vitest";
import golden from "../golden_presets.json";
import { sampleObject } from "../../web/src/geometry";
import { newTrack, type Point } from "../../web/src/model";
import { PRESET_NAMES, placePreset } from "../../web/src/presets";
import table from "../../web/src/presets.json";

/** Largest distance from the node's path at any frame, as a part of the preset's radius. */
const CLOSE = 0.015;
/** The wave has few points, so its gentle start and end last longer. */
const WIDER: Record<string, number> = { wave: 0.06 };
const cases = golden.map((each) => ({ ...each, centre: each.centre as Point }));

describe("the editor's presets", () => {
  it("are the node's, in its order", () => {
    expect(PRESET_NAMES).toEqual([...new Set(golden.map(({ name }) => name))]);
    expect(() => placePreset("loop", [0.5, 0.5], 0.3, 720, 480)).toThrow("got loop");
  });

  it.each(cases)("$name at $width x $height is where the node is at every frame", ({ name, centre, radius, width, height, points_px }) => {
    const track = newTrack([], placePreset(name, centre, radius, width, height));
    const sampled = sampleObject(track, points_px.length, width, height)[0]!;
    const away = sampled.map(([x, y], i) => Math.hypot(x - points_px[i]![0]!, y - points_px[i]![1]!));
    expect(Math.max(...away)).toBeLessThan((WIDER[name] ?? CLOSE) * radius * Math.min(width, height));
    const middle = away.slice(4, -4); // without the gentle start and end of a spline
    expect(Math.max(...middle)).toBeLessThan(CLOSE * radius * Math.min(width, height));
  });

  it.each(["pause", "sawtooth", "zigzag", "line"])("%s is exact to a tenth of a pixel", (name) => {
    const { centre, radius, width, height, points_px } = cases.find((each) => each.name === name && each.width === 720)!;
    const sampled = sampleObject(newTrack([], placePreset(name, centre, radius, width, height)), points_px.length, width, height)[0]!;
    sampled.forEach(([x, y], i) => expect(Math.hypot(x - points_px[i]![0]!, y - points_px[i]![1]!)).toBeLessThan(0.1));
  });

  it("pause rests in the middle", () => {
    const sampled = sampleObject(newTrack([], placePreset("pause", [0.5, 0.5], 0.3, 720, 480)), 49, 720, 480)[0]!;
    expect(sampled.slice(20, 29).every(([x]) => Math.abs(x - 360) < 1e-6)).toBe(true);
  });

  it.each(table)("$name has few enough points to drag", ({ points }) => {
    expect(points.length).toBeLessThanOrEqual(40);
  });

  it.each(PRESET_NAMES)("%s stays in the frame at its edge", (name) => {
    const { points } = placePreset(name, [1, 1], 0.5, 720, 480);
    expect(points.every(([x, y]) => x >= 0 && x <= 1 && y >= 0 && y <= 1)).toBe(true);
  });
});
