import { describe, expect, it } from "vitest";
import { emptyDrawing, type Point } from "../../web/src/model";
import * as state from "../../web/src/state";
import { transformBy } from "../../web/src/transformbox";

const SIZE = { width: 200, height: 100, frames: 9 };
const SQUARE: Point[] = [[0.4, 0.4], [0.6, 0.4], [0.6, 0.8, 0.5], [0.4, 0.8]];
const [DRAWN] = state.addTrack(emptyDrawing(), SQUARE);
const ALL = state.pointsOf(DRAWN.tracks[0]!);

describe("the box around chosen points", () => {
  it("scales from the opposite corner, and keeps pins", () => {
    const map = transformBy("se", SQUARE, SIZE, [0.6, 0.8], [0.7, 0.9], false);
    expect(state.mapPoints(DRAWN, ALL, map).tracks[0]!.points).toEqual([[0.4, 0.4], [0.7, 0.4], [0.7, 0.9, 0.5], [0.4, 0.9]]);
  });

  it("keeps proportions with Shift", () => {
    const map = transformBy("nw", SQUARE, SIZE, [0.4, 0.4], [0.5, 0.41], true);
    expect(state.mapPoints(DRAWN, ALL, map).tracks[0]!.points[0]).toEqual([0.5, 0.6]);
  });

  it("turns around the middle in pixels, so that a square stays a square", () => {
    const map = transformBy("turn", SQUARE, SIZE, [0.5, 0.2], [0.7, 0.6], false);
    const turned = state.mapPoints(DRAWN, ALL, map).tracks[0]!.points;
    expect(turned[0]![0]).toBeCloseTo(0.6);
    expect(turned[0]![1]).toBeCloseTo(0.4);
  });

  it("stays inside the frame as a whole", () => {
    const map = transformBy("se", SQUARE, SIZE, [0.6, 0.8], [0.99, 0.99], true);
    expect(state.mapPoints(DRAWN, ALL, map)).toBe(DRAWN);
  });
});
