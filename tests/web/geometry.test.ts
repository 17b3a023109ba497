import { describe, expect, it } from "vitest";
import golden from "../golden_editor.json";
import { insertIndex, pathData, placeOf, sampleTrack, smoothed } from "../../web/src/geometry";
import { newTrack, type Point, type Track } from "../../web/src/model";

const track = (change: object): Track => ({ ...newTrack([]), ...change }) as Track;
const LINE: Point[] = [[0, 0.5], [1, 0.5]];

describe("the browser's preview", () => {
  it.each(golden.cases)("is where Python samples it: $name", ({ track: data, points_px }) => {
    const sampled = sampleTrack(track(data), golden.frames, golden.width, golden.height);
    points_px.forEach(([x, y], i) => {
      expect(Math.hypot(sampled[i]![0] - x!, sampled[i]![1] - y!)).toBeLessThan(0.5);
    });
  });

  it("draws through every point, with d3's curve", () => {
    const curve = track({ points: [[0, 0], [0.5, 1], [1, 0]] });
    expect(pathData(curve, 100, 100)).toMatch(/^M0,0C.*,50,100C.*,100,0$/);
    expect(pathData(track({ points: LINE, kind: "linear" }), 100, 100)).toBe("M0,50L100,50");
    expect(pathData(track({ points: [[0, 0]] }), 100, 100)).toBe("");
    expect(pathData(track({ points: LINE, kind: "static" }), 100, 100)).toBe("");
  });
});

describe("timing", () => {
  it("rests before start and after end, and is eased between", () => {
    const place = placeOf(track({ points: LINE, kind: "linear", start: 0.25, end: 0.75 }), 100, 100);
    expect([0, 0.25, 0.5, 0.75, 1].map((time) => place(time)[0])).toEqual([0, 0, 50, 100, 100]);
    const eased = placeOf(track({ points: LINE, kind: "linear", ease: "in" }), 100, 100);
    expect(eased(0.5)[0]).toBeCloseTo(25);
  });

  it("walks a line of zero length without a division by zero", () => {
    const place = placeOf(track({ points: [[0.5, 0.5], [0.5, 0.5]] }), 100, 100);
    expect(place(0.5)).toEqual([50, 50]);
  });
});

describe("helpers", () => {
  it("finds the segment that a new point belongs to", () => {
    const bent = track({ kind: "linear", points: [[0, 0], [1, 0], [1, 1]] });
    expect(insertIndex(bent, [40, 2], 100, 100)).toBe(1);
    expect(insertIndex(bent, [98, 60], 100, 100)).toBe(2);
    expect(insertIndex({ ...bent, closed: true }, [50, 52], 100, 100)).toBe(3);
    expect(insertIndex(track({ points: [] }), [0, 0], 100, 100)).toBe(0);
  });

  it("smooths without moving the ends of an open line", () => {
    const points: Point[] = [[0, 0], [0.5, 1], [1, 0]];
    expect(smoothed(points, false)).toEqual([[0, 0], [0.5, 0.5], [1, 0]]);
    expect(smoothed(points, true)[0]).not.toEqual([0, 0]);
    expect(smoothed(points.slice(0, 2), false)).toEqual(points.slice(0, 2));
  });
});
