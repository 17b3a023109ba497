/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";
import { samplePath, type Shown } from "../../web/src/reading/path";
import { readTrajectories } from "../../web/src/reading/trajectories";

interface Case {
  name: string;
  text: string;
  frames?: number;
  paths?: ([number, number] | null)[][];
  refused?: string;
  noted?: string;
}

const FILES = import.meta.glob<{ cases: Case[] }>("../coordinates/*.json", { eager: true, import: "default" });
const CASES = Object.values(FILES).flatMap((file) => file.cases);
const [WIDTH, HEIGHT] = [256, 256];

describe("every text of tests/coordinates means the same as in Python", () => {
  it("and there are many", () => expect(CASES.length).toBeGreaterThanOrEqual(120));

  it.each(CASES.filter((each) => each.paths))("$name", ({ text, frames, paths, noted }) => {
    const { paths: found, canvas, notes } = readTrajectories(text, [WIDTH, HEIGHT], frames!);
    const rounded = (values: readonly Shown[], scale: [number, number]): unknown[] =>
      values.map((point) => point && [0, 1].map((axis) => Math.round(point[axis]! * scale[axis]! * 500) / 500));
    const onFrame = found.map((path) => rounded(samplePath(path, frames!), [WIDTH / canvas[0], HEIGHT / canvas[1]]));
    const close = (a: unknown, b: unknown): boolean => a === b || Math.abs(Number(a) - Number(b)) <= 0.004;
    expect(onFrame.length).toBe(paths!.length);
    onFrame.forEach((path, n) =>
      path.forEach((point, t) => {
        const wanted = paths![n]![t] ?? null;
        if (wanted === null || point === null) expect(point).toBe(wanted);
        else expect((point as number[]).every((value, axis) => close(value, wanted[axis])), `${point} ${wanted}`).toBe(true);
      }),
    );
    expect(notes.join(" ")).toContain(noted ?? "");
    expect(notes.length > 0).toBe(noted !== undefined);
  });

  it.each(CASES.filter((each) => each.refused))("refuses $name", ({ text, refused }) => {
    expect(() => readTrajectories(text, [WIDTH, HEIGHT], 9)).toThrow(refused!);
    expect(() => readTrajectories(text, [WIDTH, HEIGHT], 9)).toThrow(/^expected[^]*got/);
  });
});
