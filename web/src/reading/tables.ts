/** Reads tables of numbers, as `tora_core/paths/tables.py` does: `x,y` lines, CSV, After Effects keyframes. */

import type { Point } from "../model";
import { drawnPath, readCanvas, reading, timePoints, type Reading, type Shown } from "./path";
import { HIDDEN_KEYS, TIME_KEYS, TRACK_KEYS, VISIBLE_KEYS, checkPathCount, groupRecords, type Fields } from "./records";
import { FORMS, NUMBER, quote } from "./typed";

const MAX_LINE = 2000;
const VALUE = `(?:${NUMBER}|-?nan|-?inf(?:inity)?)`;
const PAIR = String.raw`${VALUE}[ \t]*,[ \t]*${VALUE}`;
const NUMBER_CELL = new RegExp(`^${VALUE}$`, "i");
const PAIRS = new RegExp(String.raw`^${PAIR}(?:(?:[ \t]*;[ \t]*|[ \t]+|[ \t]*->[ \t]*)${PAIR})+[;,]?$`, "i");
const DECIMAL_COMMAS = /^([-+]?\d+),(\d+)[ \t]*;[ \t]*([-+]?\d+),(\d+)$/;
const REMARK = /(?<![ \t])[ \t]+(?:#|\/\/).*$/;
const WIDE = /^([xy])_?(\d+)$/;
const BRACKETS = /^[([]\s*[^()[\]{},;\s]+\s*[,;\s]\s*[^()[\]{},;\s]+\s*[)\]]$/;
const X = ["x", "x_pixels", "x_px", "pos_x", "x_pos", "position_x", "x_position", "center_x", "cx", "x_coord", "px"];
const Y = ["y", "y_pixels", "y_px", "pos_y", "y_pos", "position_y", "y_position", "center_y", "cy", "y_coord", "py"];
const INDEX = ["", "#", "index", "no", "nr", "n", "i", "unnamed:_0", "point"];

/** Reads lines of numbers, with or without names above them. Null if the text has another form. */
export function readTable(text: string): Reading | null {
  const written = text.split("\n").filter((line) => !/^\s*(?:#|\/\/)/.test(line));
  const lines = written.map(strip);
  if (lines.some((line) => line.length > MAX_LINE && !PAIRS.test(line))) return null;
  if (lines.some((line) => /^(?:\[\[|\(\(|\{|\[\{)/.test(line))) return null;
  const firstAt = lines.findIndex((line) => line !== "");
  if (firstAt < 0) return null;
  const names = readNames(lines[firstAt]!);
  if (names) return readNamed(names, written.slice(firstAt + 1).map((line) => line.trim()));
  const rows: { number: number; cells: number[] }[] = [];
  const paths: number[][][] = [[]];
  let decimal = false;
  for (const [i, line] of lines.entries()) {
    if (line === "") {
      paths.push([]);
      continue;
    }
    const commas = DECIMAL_COMMAS.exec(line);
    let cells: number[] | null;
    if (commas) {
      cells = [Number(`${commas[1]}.${commas[2]}`), Number(`${commas[3]}.${commas[4]}`)];
      decimal = true;
    } else if (PAIRS.test(line)) {
      const values = [...line.matchAll(new RegExp(VALUE, "gi"))].map(([value]) => toCell(value));
      paths.push(values.flatMap((x, at) => (at % 2 === 0 ? [[x, values[at + 1]!]] : [])), []);
      continue;
    } else {
      cells = readNumbers(line);
      if (!cells) {
        if (rows.length === 0 || /[[\](){}"'=:]/.test(line)) return null;
        throw new Error(`expected x,y in every line, got ${quote(line.slice(0, 40))} in line ${i + 1}: write ${FORMS}`);
      }
    }
    rows.push({ number: i + 1, cells });
    paths.at(-1)!.push(cells);
  }
  const notes = decimal ? ["commas between digits were read as decimal commas, because semicolons separate x and y"] : [];
  return build(paths.filter((path) => path.length > 0), rows, notes);
}

function strip(written: string): string {
  const line = written.replace(REMARK, "").trim().replace(/,+$/, "").trimEnd();
  return BRACKETS.test(line) ? line.slice(1, -1).trim().replace(/,+$/, "").trimEnd() : line;
}

function splitCells(line: string): string[] {
  const separator = ["\t", ";", ","].find((mark) => line.includes(mark)) ?? /\s+/;
  return line.split(separator).map((cell) => cell.trim().replace(/^["']+|["']+$/g, "").trim());
}

const toCell = (text: string): number =>
  /nan/i.test(text) ? NaN : /inf/i.test(text) ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text);

function readNumbers(line: string): number[] | null {
  const cells = splitCells(line);
  return cells.length >= 2 && cells.every((cell) => NUMBER_CELL.test(cell)) ? cells.map(toCell) : null;
}

function build(paths: number[][][], rows: { number: number; cells: number[] }[], notes: string[]): Reading | null {
  const width = rows[0]?.cells.length ?? 2;
  const other = rows.find((row) => row.cells.length !== width);
  if (other) {
    throw new Error(`expected ${width} numbers in every line, got ${other.cells.length} in line ${other.number}: write ${FORMS}`);
  }
  let found = paths;
  const said = [...notes];
  if (width > 2) {
    if (width !== 3 || !paths.every((path) => path[0]!.length !== 3 || counts(path.map((row) => row[0]!)))) {
      throw new Error(
        `expected x and y in every line, got ${width} numbers: name the columns in the first line, ` +
          "such as 'frame,x,y' or 'x1,y1,x2,y2'",
      );
    }
    found = paths.map((path) => path.map((row) => row.slice(-2)));
    said.push("the first column counts the points and was not used");
  }
  if (found.length === 0) return null;
  checkPathCount(found.length);
  return reading(found.map((path, i) => drawnPath(finite(path, i + 1))), { notes: said });
}

const counts = (column: number[]): boolean =>
  (column[0] === 0 || column[0] === 1) && column.length > 1 && column.every((value, i) => value === column[0]! + i);

function finite(path: number[][], number: number): Shown[] {
  return path.map((row, i): Shown => {
    const infinite = row.findIndex((value) => Math.abs(value) === Infinity);
    if (infinite >= 0) {
      throw new Error(
        `expected finite numbers, got ${"xy"[infinite]} = inf at point ${i + 1} of path ${number}: correct or delete this point`,
      );
    }
    return row.some(Number.isNaN) ? null : (row as Point);
  });
}

function readNames(line: string): string[] | null {
  if (/[[\](){}]/.test(line)) return null;
  const names = splitCells(line)
    .map((cell) => cell.toLowerCase().replace(/[ \t.]+/g, "_"))
    .map((name) => (X.includes(name) ? "x" : Y.includes(name) ? "y" : name));
  const both = names.includes("x") && names.includes("y");
  return names.length >= 2 && (both || names.filter((name) => WIDE.test(name)).length >= 2) ? names : null;
}

function readNamed(names: string[], lines: string[]): Reading {
  const wide = [...new Set(names.flatMap((name) => WIDE.exec(name)?.[2] ?? []))].sort((a, b) => Number(a) - Number(b));
  const used = ["x", "y", ...TIME_KEYS, ...VISIBLE_KEYS, ...HIDDEN_KEYS, ...TRACK_KEYS, ...INDEX];
  const unused = names.filter((name) => !used.includes(name) && !WIDE.test(name));
  const records: Fields[] = [];
  let part = 0;
  for (const [i, line] of lines.entries()) {
    if (line === "") {
      part += 1;
      continue;
    }
    const cells = splitCells(line);
    if (cells.length !== names.length) {
      throw new Error(
        `expected ${names.length} values in every line, got ${cells.length} in line ${i + 2}: write ${names.join(", ").slice(0, 80)}`,
      );
    }
    const row = Object.fromEntries(
      names.flatMap((name, at) => (INDEX.includes(name) || unused.includes(name) ? [] : [[name, cells[at] || null]])),
    ) as Fields;
    if ("x" in row && "y" in row) {
      records.push(TRACK_KEYS.some((key) => key in row) ? row : { ...row, track: part });
    }
    const timed = Object.fromEntries(Object.entries(row).filter(([name]) => TIME_KEYS.includes(name)));
    for (const column of wide) {
      const cell = (axis: string): unknown => row[`${axis}${column}`] ?? row[`${axis}_${column}`];
      records.push({ x: cell("x"), y: cell("y"), ...timed, track: column });
    }
  }
  if (records.length === 0) {
    throw new Error(`expected lines of numbers under ${names.join(", ").slice(0, 80)}, got none: add one line per point`);
  }
  const whole = groupRecords(records);
  if (unused.length > 0) whole.notes.push(`columns without a use: ${unused.join(", ").slice(0, 60)}`);
  return whole;
}

/** Reads keyframes that were copied in After Effects: a head with the size, and tables of frames and pixels. */
export function readKeyframes(text: string): Reading {
  const side = (name: string): number => Number(new RegExp(String.raw`^\s*Source ${name}\s+(\d+)`, "m").exec(text)?.[1] ?? 0);
  const whole = reading([], { canvas: readCanvas(side("Width"), side("Height")) });
  const tables = text.matchAll(/^[ \t]*Frame[ \t]+X pixels[ \t]+Y pixels[^\n]*\n((?:[ \t]*[-+\d.][^\n]*\n?)*)/gm);
  for (const table of tables) {
    const rows = table[1]!.split("\n").filter((line) => line.trim() !== "")
      .map((line) => (line.match(new RegExp(VALUE, "gi")) ?? []).slice(0, 3).map(Number));
    if (rows.length === 0 || rows.some((row) => row.length < 3)) continue;
    const points = rows.map(([, x, y]): Point => [x!, y!]);
    const { path, notes } = timePoints(points, whole.paths.length + 1, rows.map((row) => row[0]!), "frame");
    whole.paths.push(path);
    whole.notes.push(...notes);
  }
  if (whole.paths.length === 0) {
    throw new Error(
      "expected keyframes with the columns Frame, X pixels, Y pixels, got none: select Position in After Effects, then copy",
    );
  }
  return whole;
}
