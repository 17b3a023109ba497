import { describe, expect, it } from "vitest";
import { MAX_TRACKS, emptyDrawing, newTrack, type Drawing, type Point } from "../../web/src/model";
import * as state from "../../web/src/state";

const SQUARE: Point[] = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8]];

function drawing(...lines: Point[][]): Drawing {
  return lines.reduce((made, points) => state.addTrack(made, points)[0], emptyDrawing());
}

/** Fails where an action writes into the drawing it was given. */
function frozen(value: Drawing): Drawing {
  const freeze = (each: unknown): void => {
    if (typeof each !== "object" || each === null) return;
    Object.freeze(each);
    Object.values(each).forEach(freeze);
  };
  freeze(value);
  return value;
}

const points = (made: Drawing, index = 0): Point[] => made.tracks[index]!.points;

describe("tracks", () => {
  it("are added with a kind and a timing where they are given", () => {
    const [made] = state.addTrack(emptyDrawing(), SQUARE, { kind: "linear", closed: true, speed: "points" });
    expect(made.tracks[0]).toMatchObject({ id: "t1", kind: "linear", closed: true, speed: "points", points: SQUARE });
    expect(drawing(SQUARE).tracks[0]).toMatchObject({ kind: "spline", closed: false, speed: "constant" });
  });

  it("are added with an id, a name and a colour of their own, up to the limit", () => {
    const made = drawing(SQUARE, SQUARE);
    expect(new Set(made.tracks.map((track) => track.id)).size).toBe(2);
    expect(made.tracks.map((track) => track.name)).toEqual(["Track 1", "Track 2"]);
    expect(made.tracks[0]!.color).not.toBe(made.tracks[1]!.color);
    const full = { ...emptyDrawing(), tracks: Array.from({ length: MAX_TRACKS }, (_, i) => ({ ...newTrack([]), id: `x${i}` })) };
    expect(state.addTrack(full)).toEqual([full, null]);
  });

  it("are removed, duplicated a little aside, reordered and changed", () => {
    const two = frozen(drawing(SQUARE, SQUARE));
    const [first, second] = two.tracks.map((track) => track.id);
    expect(state.removeTrack(two, first!).tracks.map((track) => track.id)).toEqual([second]);
    const [three, copy] = state.duplicateTrack(two, first!);
    expect(three.tracks).toHaveLength(3);
    expect(three.tracks[2]).toMatchObject({ id: copy, name: "Track 1 copy" });
    expect(points(three, 2)[0]![0]).toBeCloseTo(0.23);
    expect(state.duplicateTrack(two, "gone")).toEqual([two, null]);
    expect(state.reorderTrack(two, first!, 1).tracks.map((track) => track.id)).toEqual([second, first]);
    expect(state.reorderTrack(two, first!, -1)).toBe(two);
    expect(state.setTrack(two, second!, { visible: false, locked: true }).tracks[1]).toMatchObject({ visible: false, locked: true });
  });

  it("are reversed, smoothed, and keep their points when they become static", () => {
    const one = frozen(drawing(SQUARE));
    const { id } = one.tracks[0]!;
    expect(points(state.reverseTrack(one, id))).toEqual(SQUARE.toReversed());
    expect(points(state.smoothTrack(one, id))[1]).not.toEqual(SQUARE[1]);
    expect(points(state.setTrack(one, id, { kind: "static" }))).toEqual(SQUARE);
  });

  it("keep start before end; the other end gives way", () => {
    const one = frozen(drawing(SQUARE));
    const { id } = one.tracks[0]!;
    const late = state.setTiming(state.setTiming(one, id, "end", 0.4), id, "start", 0.7);
    expect(late.tracks[0]).toMatchObject({ start: 0.7, end: 0.7 });
    expect(state.setTiming(late, id, "end", 0.2).tracks[0]).toMatchObject({ start: 0.2, end: 0.2 });
    expect(state.setTiming(one, id, "start", -3).tracks[0]).toMatchObject({ start: 0 });
  });
});

describe("points", () => {
  it("are appended, inserted and clamped to the frame", () => {
    const one = frozen(drawing(SQUARE));
    const { id } = one.tracks[0]!;
    expect(points(state.insertPoint(one, id, SQUARE.length, [2, -1])).at(-1)).toEqual([1, 0]);
    expect(points(state.insertPoint(one, id, 1, [0.5, 0.1]))[1]).toEqual([0.5, 0.1]);
  });

  it("move as a group that keeps its shape at the edge", () => {
    const one = frozen(drawing(SQUARE));
    const track = one.tracks[0]!.id;
    const all = [0, 1, 2].map((index) => ({ track, index }));
    expect(points(state.movePoints(one, all, 0.9, 0))).toEqual([[0.4, 0.2], [1, 0.2], [1, 0.8]]);
    expect(points(state.movePoints(one, [all[0]!], -0.1, 0.1))[0]).toEqual([0.1, 0.3]);
    expect(state.movePoints(one, [], 0.1, 0.1)).toBe(one);
    const locked = state.setTrack(one, track, { locked: true });
    expect(points(state.movePoints(locked, all, 0.1, 0))).toEqual(SQUARE);
  });

  it("are found inside a box", () => {
    const track = drawing(SQUARE).tracks[0]!;
    expect(state.pointsInside(track, [0.9, 0.5], [0.1, 0.1]).map(({ index }) => index)).toEqual([0, 1]);
    expect(state.pointsOf(track)).toHaveLength(3);
  });

  it("are removed; a track without points goes too, a locked one stays", () => {
    const two = frozen(drawing(SQUARE, [[0.5, 0.5]]));
    const [first, second] = two.tracks.map((track) => track.id);
    const fewer = state.removePoints(two, [{ track: first!, index: 1 }, { track: second!, index: 0 }]);
    expect(fewer.tracks).toHaveLength(1);
    expect(points(fewer)).toEqual([SQUARE[0], SQUARE[2]]);
    const locked = state.setTrack(two, second!, { locked: true });
    expect(state.removePoints(locked, [{ track: second!, index: 0 }]).tracks).toHaveLength(2);
  });
});
