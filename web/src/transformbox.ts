/** A box around several chosen points, with handles to scale and turn them. */

import { svg } from "./elements";
import type { Point, VideoSize } from "./model";

export type Handle = "nw" | "ne" | "se" | "sw" | "turn";

/** A rectangle in pixels of the video. */
interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

const PADDING = 10;
const TURN_DISTANCE = 22;
const HANDLE = 5;

/** The box around points, in pixels of the video. */
export function boxAround(points: readonly Point[], { width, height }: VideoSize): Box {
  const [x, y] = [points.map((point) => point[0] * width), points.map((point) => point[1] * height)];
  return { left: Math.min(...x), top: Math.min(...y), right: Math.max(...x), bottom: Math.max(...y) };
}

/** Draws the box. `unit`: video pixels per screen pixel. */
export function transformBox(points: readonly Point[], size: VideoSize, unit: number): SVGElement[] {
  const box = boxAround(points, size);
  const padding = PADDING * unit;
  const [left, top, right, bottom] = [box.left - padding, box.top - padding, box.right + padding, box.bottom + padding];
  const middle = (left + right) / 2;
  const knob = top - TURN_DISTANCE * unit;
  const handle = (name: Handle, x: number, y: number): SVGElement =>
    svg("circle", { class: `handle ${name}`, cx: String(x), cy: String(y), r: String(HANDLE * unit), "data-transform": name });
  return [
    svg("path", { class: "box", d: `M${left} ${top}H${right}V${bottom}H${left}ZM${middle} ${top}V${knob}` }),
    handle("nw", left, top), handle("ne", right, top), handle("se", right, bottom), handle("sw", left, bottom),
    handle("turn", middle, knob),
  ];
}

/**
 * How a drag of a handle moves a point: scaled from the opposite corner, or turned around the middle of the box.
 * `even` keeps the proportions, or turns in steps of 15 degrees.
 */
export function transformBy(handle: Handle, points: readonly Point[], size: VideoSize, from: Point, to: Point, even: boolean): (point: Point) => Point {
  const { width, height } = size;
  const box = boxAround(points, size);
  const px = ([x, y]: Point): [number, number] => [x * width, y * height];
  const [[x0, y0], [x1, y1]] = [px(from), px(to)];
  if (handle === "turn") {
    const [cx, cy] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
    const turned = Math.atan2(y1 - cy, x1 - cx) - Math.atan2(y0 - cy, x0 - cx);
    const angle = even ? Math.round(turned / (Math.PI / 12)) * (Math.PI / 12) : turned;
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
    return (point) => {
      const [x, y] = px(point);
      return [(cx + (x - cx) * cos - (y - cy) * sin) / width, (cy + (x - cx) * sin + (y - cy) * cos) / height];
    };
  }
  const [cx, cy] = [handle.endsWith("w") ? box.right : box.left, handle.startsWith("n") ? box.bottom : box.top];
  const factor = (start: number, end: number, fixed: number): number =>
    Math.abs(start - fixed) < 1e-6 ? 1 : (end - fixed) / (start - fixed);
  let [sx, sy] = [factor(x0, x1, cx), factor(y0, y1, cy)];
  if (even) sx = sy = Math.abs(sx - 1) > Math.abs(sy - 1) ? sx : sy;
  return (point) => {
    const [x, y] = px(point);
    return [(cx + (x - cx) * sx) / width, (cy + (y - cy) * sy) / height];
  };
}
