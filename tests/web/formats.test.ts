import { describe, expect, it } from "vitest";
import { EXPORTS, exportDrawing, exportTrack } from "../../web/src/exports";
import { importTracks } from "../../web/src/imports";
import { emptyDrawing, newTrack, type Drawing, type Point } from "../../web/src/model";
import { addTrack } from "../../web/src/state";
import { formatValue, parseValue } from "../../web/src/value";

const SIZE = { width: 720, height: 480, frames: 9 };
const POINTS: Point[] = [[0.25, 0.5], [0.5, 0.25]];
const [DRAWN] = addTrack(emptyDrawing(), POINTS);
const xy = POINTS.map(([x, y]) => ({ x: 720 * x, y: 480 * y }));
const round = (points: Point[]): Point[] => points.map(([x, y]) => [Math.round(x * 1e4) / 1e4, Math.round(y * 1e4) / 1e4]);

describe("the widget's value", () => {
  it("comes back as it was written", () => {
    expect(parseValue(formatValue(DRAWN)).drawing).toEqual(DRAWN);
    for (const empty of ["", null, undefined]) expect(parseValue(empty).drawing).toEqual(emptyDrawing());
  });

  it.each([
    "garbage", "[1, 2", "null", "7", "[]", '{"version": 99}', "{}", 7, true, [1], Symbol("x"),
  ])("says why %s is no drawing and never throws", (value) => {
    const { drawing, error } = parseValue(value);
    expect(drawing).toBeNull();
    expect(error).toBeTruthy();
  });

  it("fills in what is missing, and gives every track an id of its own", () => {
    const tracks = [{ points: [[0.1, 0.2], { x: 0.5, y: 0.5 }], tension: 9, start: 0.8, end: 0.2, id: "a" }, { id: "a" }];
    const drawing = parseValue(JSON.stringify({ version: 1, canvas: "x", bg: { filename: "a.png" }, tracks })).drawing as Drawing;
    expect(drawing.canvas).toEqual([720, 480]);
    expect(drawing.bg).toEqual({ filename: "a.png", subfolder: "", type: "input" });
    expect(drawing.tracks[0]).toMatchObject({ points: [[0.1, 0.2], [0.5, 0.5]], kind: "spline", tension: 1, start: 0.2, end: 0.8 });
    expect(drawing.tracks[1]!.id).not.toBe("a");
  });

  it.each([
    [{ tracks: 7 }, "expected a list of tracks, got 7"],
    [{ tracks: [1] }, "expected an object with points as track 1, got 1"],
    [{ tracks: Array(1025).fill({}) }, "at most 1024 tracks"],
    [{ tracks: [{ points: "x" }] }, "expected points [[x, y], ...] in track 1"],
    [{ tracks: [{ points: [[0.1, null]] }] }, "expected points [[x, y], ...] in track 1"],
    [{ tracks: [{ points: [[360, 240]] }] }, "expected points in 0..1 of the frame in track 1, got [360,240]"],
    [{ tracks: [{ points: [[1e6, 0]] }] }, "expected points in 0..1"],
    [{ tracks: [{ points: [], visible: "false" }] }, "expected true or false for visible in track 1, got 'false'"],
    [{ tracks: [{ points: [], kind: "zigzag" }] }, "expected kind of spline"],
    [{ tracks: [{ points: [], tension: "a" }] }, "expected a number for tension in track 1"],
    [{ tracks: [{ points: [] }, { points: [], ease: 3 }] }, "expected ease of"],
    [{ tracks: [{ points: Array(100_001).fill([0, 0]) }] }, "at most 100000 points"],
  ])("refuses %j as Python does", (value, why) => {
    const { drawing, error } = parseValue(JSON.stringify({ version: 1, ...value }));
    expect(drawing).toBeNull();
    expect(error).toContain(why);
  });

  it("refuses deep nesting and huge numbers without an exception", () => {
    const deep = `{"version": 1, "tracks": ${"[".repeat(100_000)}${"]".repeat(100_000)}}`;
    const huge = `{"version": 1, "tracks": [{"points": [[${"9".repeat(400)}, 0]]}]}`;
    for (const value of [deep, huge]) expect(parseValue(value).error).toBeTruthy();
  });
});

describe("import", () => {
  it.each([
    ["a flat list", JSON.stringify(xy)],
    ["a nested list", JSON.stringify([xy])],
    ["a list of strings", JSON.stringify([JSON.stringify(xy)])],
    ["single quotes", JSON.stringify(xy).replaceAll('"', "'")],
    ["pairs", JSON.stringify(xy.map(({ x, y }) => [x, y]))],
    ["0..1", JSON.stringify(POINTS)],
    ["a points store", JSON.stringify({ positive: xy, negative: [] })],
    ["TRACKS", JSON.stringify({ track_path: xy.map(({ x, y }) => [[x, y]]) })],
    ["Tora text", "64,128\n128,64"],
    ["our own value", formatValue(DRAWN)],
    ["a copied track", exportTrack(DRAWN.tracks[0]!)],
  ])("reads %s", (_, text) => {
    const tracks = importTracks(text, SIZE, []).tracks;
    expect(tracks).toHaveLength(1);
    expect(round(tracks[0]!.points)).toEqual(POINTS);
  });

  it.each(EXPORTS)("reads what was exported as %s", (form) => {
    const tracks = importTracks(exportDrawing(DRAWN, form, 9), SIZE, []).tracks;
    expect(tracks).toHaveLength(1);
    const points = round(tracks[0]!.points);
    expect([points[0], points.at(-1)]).toEqual([POINTS[0], POINTS[1]]);
  });

  it("exports only what is visible", () => {
    const hidden = { ...DRAWN, tracks: DRAWN.tracks.map((track) => ({ ...track, visible: false })) };
    expect(exportDrawing(hidden, "coordinates", 9)).toBe("[]");
  });

  it("reads several paths of ragged lengths, and gives them free ids", () => {
    const text = JSON.stringify([xy, [...xy, { x: 1, y: 1 }]]);
    const tracks = importTracks(text, SIZE, [newTrack([])]).tracks;
    expect(tracks.map((track) => track.points.length)).toEqual([2, 3]);
    expect(tracks.map((track) => track.id)).toEqual(["t2", "t3"]);
    expect(importTracks("1,2\n3,4\n\n5,6\n7,8", SIZE, []).tracks).toHaveLength(2);
  });

  it("puts points that lie outside on the frame's edge", () => {
    expect(importTracks("[[900, -20], [10, 10]]", SIZE, []).tracks[0]!.points[0]).toEqual([1, 0]);
  });

  it.each(["", "hello", "[]", "{}", "[[]]", '{"track_path": [1]}'])("refuses %j with a sentence", (text) => {
    expect(() => importTracks(text, SIZE, []).tracks).toThrow();
  });
});
