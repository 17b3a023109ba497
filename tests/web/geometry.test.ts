import { curveCardinal, curveCardinalClosed, line } from "d3-shape";
import { describe, expect, it } from "vitest";
import golden from "../golden_editor.json";
import { insertIndex, pathData, placeAlong, placeOf, sampleObject, timeAtPoint, smoothed } from "../../web/src/geometry";
import { newTrack, type Point, type Track } from "../../web/src/model";

const track = (change: object): Track => ({ ...newTrack([]), ...change }) as Track;
const LINE: Point[] = [[0, 0.5], [1, 0.5]];

describe("the browser's preview", () => {
  it.each(golden.cases)("is where Python samples it: $name", ({ track: data, points_px }) => {
    const sampled = sampleObject(track(data), golden.frames, golden.width, golden.height)[0]!;
    points_px.forEach(([x, y], i) => {
      expect(Math.hypot(sampled[i]![0] - x!, sampled[i]![1] - y!)).toBeLessThan(0.5);
    });
  });

  it.each(golden.objects)("grows and turns an object as Python does: $name", ({ track: data, paths_px }) => {
    const sampled = sampleObject(track(data), golden.frames, golden.width, golden.height);
    expect(sampled).toHaveLength(paths_px.length);
    paths_px.forEach((path, k) =>
      path.forEach(([x, y], i) => expect(Math.hypot(sampled[k]![i]![0] - x!, sampled[k]![i]![1] - y!)).toBeLessThan(0.5)),
    );
  });

  it.each([[false, 0], [false, 0.7], [true, 0], [true, 0.3]])("draws the cardinal spline of d3: closed %s, tension %s", (closed, tension) => {
    const points: Point[] = [[0, 0.1], [0.5, 1], [1, 0], [0.7, 0.4], [0.2, 0.9]];
    const px = points.map(([x, y]): Point => [x * 120, y * 90]);
    const d3 = line<Point>().curve((closed ? curveCardinalClosed : curveCardinal).tension(tension))(px)!;
    const corners = (path: string): [number, number][] => {
      const numbers = path.match(/-?[\d.]+(e-?\d+)?/g)!.map(Number);
      return numbers.flatMap((x, i) => (i % 2 === 0 ? [[x, numbers[i + 1]!]] : []));
    };
    // d3 begins a closed line at its second point.
    const at = (all: [number, number][]): [number, number][] => (closed ? all.slice(1).sort(([a], [b]) => a - b) : all);
    const [drawn, expected] = [at(corners(pathData(track({ points, closed, tension }), 120, 90))), at(corners(d3))];
    expect(drawn).toHaveLength(expected.length);
    drawn.forEach(([x, y], i) => expect(Math.hypot(x - expected[i]![0], y - expected[i]![1])).toBeLessThan(1e-2));
  });

  it("draws a curve straight only where its bend is below the tolerance", () => {
    const flat = track({ points: [[0, 0.5], [0.25, 0.5], [0.5, 0.501], [0.75, 0.5], [1, 0.5]] });
    const commands = (path: string): string => path.replace(/[^A-Z]/g, "");
    expect(commands(pathData(flat, 100, 100))).toBe("MCCCC");
    expect(commands(pathData(flat, 100, 100, 0.1))).toBe("MCLLC"); // at its ends the speed of the curve is 0
    expect(commands(pathData({ ...flat, points: flat.points.map(([x, y]) => [x, y * y]) }, 10000, 10000, 0.1))).toBe("MCCCC");
  });

  it("draws straight lines, and nothing for a single or a static point", () => {
    expect(pathData(track({ points: LINE, kind: "linear" }), 100, 100)).toBe("M0 50L100 50");
    expect(pathData(track({ points: LINE, kind: "linear", closed: true }), 100, 100)).toBe("M0 50L100 50L0 50Z");
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

  it.each(["constant", "points"])("knows when a track comes to each of its points, at speed %s", (speed) => {
    const points: Point[] = [[0.1, 0.2], [0.5, 0.9], [0.6, 0.1], [0.9, 0.5]];
    const moving = track({ points, speed, start: 0.1, end: 0.8, ease: "in_out" });
    const place = placeOf(moving, 200, 100);
    points.forEach(([x, y], i) => {
      const [atX, atY] = place(timeAtPoint(moving, i, 200, 100));
      expect(Math.hypot(atX - x * 200, atY - y * 100)).toBeLessThan(0.1);
    });
  });

  it("goes along the way by parts of its length, whatever the track's times and pins are", () => {
    const pinned = track({ points: [[0, 0.5], [0.5, 0.5, 0.9], [1, 0.5]], kind: "linear", start: 0.3, end: 0.95, ease: "in" });
    expect([0, 0.25, 1].map((part) => placeAlong(pinned, 100, 100)(part)[0])).toEqual([0, 25, 100]);
    expect(placeAlong(track({ points: [[0.5, 0.5]] }), 100, 100)(1)).toEqual([50, 50]);
  });

  it("measures the way again for another size of the video", () => {
    const moving = track({ points: LINE });
    expect([100, 200, 100].map((width) => placeOf(moving, width, 100)(1)[0])).toEqual([100, 200, 100]);
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
