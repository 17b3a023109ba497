import { describe, expect, it } from "vitest";
import { HeadLayer } from "../../web/src/heads";
import { newTrack, type Point, type Track } from "../../web/src/model";

const SIZE = { width: 100, height: 100, frames: 3 };
const track = (change: Partial<Track>): Track => newTrack([], { points: [[0, 0.5], [1, 0.5]], kind: "linear", ...change });
const attributes = (layer: HeadLayer, ...names: string[]): (string | null)[][] =>
  [...layer.element.children].map((circle) => names.map((name) => circle.getAttribute(name)));

describe("the dots at the scrub head", () => {
  it("move with the frame, and are the same circles", () => {
    const layer = new HeadLayer();
    const tracks = [track({ color: "#111111" }), track({ color: "#222222", shown_to: 0 })];
    layer.show(tracks, SIZE, 0, 1);
    const before = [...layer.element.children];
    layer.show(tracks, SIZE, 1, 2);
    expect([...layer.element.children]).toEqual(before);
    expect(attributes(layer, "cx", "cy", "r", "fill", "class")).toEqual([
      ["50", "50", "14", "#111111", "play"],
      ["50", "50", "14", "#222222", "play unseen"],
    ]);
  });

  it("show an object as a ring and its points, and only what is visible and moves", () => {
    const layer = new HeadLayer();
    const object = track({ radius: 0.25 });
    const still: Point[] = [[0.5, 0.5]];
    layer.show([object, track({ visible: false }), track({ points: [] }), track({ points: still })], SIZE, 0, 1);
    expect(attributes(layer, "class", "r")).toEqual([["ring", "25"], ["play", "7"], ...Array(6).fill(["play", "3.5"])]);
    layer.show([track({})], SIZE, 0, 1);
    expect(attributes(layer, "class", "cx", "r")).toEqual([["play", "0", "7"]]);
    layer.show([], SIZE, 0, 1);
    expect(layer.element.children).toHaveLength(0);
  });
});
