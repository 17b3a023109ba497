/** Reads the outlines of SVG drawings as paths of even speed, as `tora_core/paths/svg.py` does. */

import { absolutize, normalize, parsePath } from "path-data-parser";
import type { Point } from "../model";
import { drawnPath, readCanvas, reading, type Reading } from "./path";
import { checkPathCount } from "./records";
import { MAX_POINTS, NUMBER, quote } from "./typed";

const SAMPLES_PER_CURVE = 32;
const MAX_DATA = 500_000;
const DATA = /^[Mm]\s*[-+.\d][-+.,\d\seEMmLlHhVvCcSsQqTtAaZz]*$/;
const ATTRIBUTE = /(?<![\w-])(d|points)\s*=\s*(["'])([^]*?)\2/g;
const VIEW_BOX = new RegExp(
  String.raw`viewBox\s*=\s*["']\s*(${NUMBER})[\s,]+(${NUMBER})[\s,]+(${NUMBER})[\s,]+(${NUMBER})\s*["']`,
);

export const looksLikeSvg = (text: string): boolean => /^(?:<|d ?=)/.test(text) || DATA.test(text);

/** Reads every `path`, `polyline` and `polygon`. Each of their parts is a path, travelled at even speed. */
export function readSvg(text: string): Reading {
  const data = text.trim();
  const found = DATA.test(data)
    ? [data]
    : [...text.matchAll(ATTRIBUTE)].map(([, name, , value]) => (name === "d" ? value! : `M${value!}`));
  checkPathCount(found.length);
  const box = VIEW_BOX.exec(text)?.slice(1).map(Number) ?? [0, 0, 0, 0];
  const [left, top, width, height] = box as [number, number, number, number];
  const whole = reading([], { canvas: readCanvas(width, height) });
  if (text.includes("transform")) {
    whole.notes.push("transform attributes were not used: apply them in the drawing program");
  }
  for (const line of found.flatMap(readData)) {
    const moved = line.map(([x, y]): Point => [x - left, y - top]);
    const length = [0];
    for (let i = 1; i < moved.length; i += 1) {
      length.push(length[i - 1]! + Math.hypot(moved[i]![0] - moved[i - 1]![0], moved[i]![1] - moved[i - 1]![1]));
    }
    const total = length.at(-1)!;
    whole.paths.push(drawnPath(moved, { parts: moved.length > 1 && total > 0 ? length.map((at) => at / total) : null }));
  }
  if (whole.paths.length === 0) {
    throw new Error(`expected SVG with a path, got ${quote(text.slice(0, 40))}: convert shapes to paths in the drawing program`);
  }
  return whole;
}

/** Reads path data as lines, one per part of the path. */
function readData(data: string): Point[][] {
  if (data.length > MAX_DATA) {
    throw new Error(`expected at most ${MAX_DATA} characters of path data, got ${data.length}: simplify the path`);
  }
  const lines: Point[][] = [];
  let points = 0;
  for (const { key, data: values } of parse(data)) {
    const line = lines.at(-1);
    points += key === "C" ? SAMPLES_PER_CURVE : 1;
    if (points > MAX_POINTS) throw new Error(`expected at most ${MAX_POINTS} points, got more: simplify the path`);
    if (!values.every(Number.isFinite)) throw wrongData(data);
    if (key === "M") lines.push([[values[0]!, values[1]!]]);
    else if (!line) continue;
    else if (key === "Z") line.push(line[0]!);
    else if (key === "L") line.push([values[0]!, values[1]!]);
    else {
      const [x, y] = line.at(-1)!;
      for (let i = 1; i <= SAMPLES_PER_CURVE; i += 1) line.push(bezier([x, y, ...values], i / SAMPLES_PER_CURVE));
    }
  }
  return lines.map((line) => line.filter((point, i) => i === 0 || point[0] !== line[i - 1]![0] || point[1] !== line[i - 1]![1]));
}

/** Path data as absolute moves, lines and cubic curves. */
function parse(data: string): ReturnType<typeof normalize> {
  try {
    return normalize(absolutize(parsePath(data)));
  } catch {
    throw wrongData(data);
  }
}

const wrongData = (data: string): Error =>
  new Error(`expected path data such as M10 20 L30 40, got ${quote(data.slice(0, 40))}: correct it`);

/** A point of a Bézier curve through its control values `x, y, x, y, …` (de Casteljau). */
function bezier(values: number[], t: number): Point {
  let level = values;
  while (level.length > 2) {
    level = level.slice(0, -2).map((value, i) => value + (level[i + 2]! - value) * t);
  }
  return [level[0]!, level[1]!];
}
