import { describe, expect, it } from "vitest";
import { colourFlow, makeFlow } from "../../web/src/flow";
import { newTrack, type Track } from "../../web/src/model";
import golden from "../golden_flow_colours.json";

const SIZE = { width: golden.width, height: golden.height, frames: golden.count };

describe("the colours on the stage", () => {
  it.each(golden.cases)("are those of Python within 2 levels: $name", ({ tracks, frames }) => {
    const flow = makeFlow(tracks.map((track) => ({ ...newTrack([]), ...track }) as Track), SIZE);
    for (const [frame, wanted] of Object.entries(frames)) {
      const { rgba, width, height } = colourFlow(flow, Number(frame), golden.step);
      const found = [...rgba].filter((_, i) => i % 4 !== 3);
      expect([width, height]).toEqual([golden.width / golden.step, golden.height / golden.step]);
      const worst = Math.max(...found.map((level, i) => Math.abs(level - wanted[i]!)));
      expect(worst).toBeLessThanOrEqual(2);
      expect(wanted.some((level) => level < 200)).toBe(true);
    }
  });

  it("are white where nothing moves", () => {
    const { rgba } = colourFlow(makeFlow([{ ...newTrack([]), points: [[0.5, 0.5]] }], SIZE), 3, 8);
    expect(rgba.every((level) => level === 255)).toBe(true);
  });
});
