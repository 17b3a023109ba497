/** One track on the stage: its line, a dot per frame, and its points. */

import { svg } from "./elements";
import { pathData, placeAlong, placeOf } from "./geometry";
import type { Track, VideoSize } from "./model";
import { isShown, timeOf } from "./timing";
import { t } from "./words";

export interface TrackLook extends VideoSize {
  /** Video pixels per screen pixel. It keeps the points at the same size on the screen at any zoom. */
  unit: number;
  active: boolean;
  /** True while another track is selected. */
  faint: boolean;
  /** Indices of the chosen points. */
  chosen: readonly number[];
}

/** Least distance of two frame dots on the screen. Fewer dots are drawn where they would merge. */
const TICK_GAP = 12;
const ARROW_SIZE = 6;
/** Distance of a curve from a straight line that nobody sees, on the screen. Curves are slow to paint. */
const BEND = 0.1;

export function trackGroup(track: Track, look: TrackLook): SVGElement {
  const { width, height, unit, active, faint, chosen } = look;
  const group = svg("g", { "data-track": track.id, class: faint ? "faint" : "" });
  const d = pathData(track, width, height, BEND * unit);
  const line = (name: string): SVGElement => svg("path", { class: name, d });
  group.append(...(active ? [line("under")] : []), line("halo"), svg("path", { class: "line", d, stroke: track.color }), line("hit"));
  const moves = track.points.length > 1 && track.kind !== "static";
  if (moves) group.append(...arrows(track, look));
  if (moves && active) group.append(...ticks(track, look));
  const handles = active ? track.points.map((_, index) => index) : track.points.length ? [0] : [];
  for (const index of handles) {
    const point = track.points[index]!;
    const [x, y] = [String(point[0] * width), String(point[1] * height)];
    const ends = index === 0 ? " first" : index === track.points.length - 1 && !track.closed ? " last" : "";
    const name = `point${ends}${chosen.includes(index) ? " chosen" : ""}${point[2] === undefined ? "" : " pinned"}`;
    const r = String((index === 0 ? 6 : 4.5) * unit);
    group.append(
      svg("circle", { class: "hit-point", cx: x, cy: y, r: String(7 * unit), "data-index": String(index) }),
      svg("circle", { class: name, cx: x, cy: y, r, fill: track.color, "data-index": String(index) }),
    );
  }
  return group;
}

/** Arrow heads that show the direction: in the middle of the way and at its end. */
function arrows(track: Track, { width, height, unit }: TrackLook): SVGElement[] {
  const place = placeAlong(track, width, height);
  const heads = [0.5, 1].map((part) => {
    const [[x, y], [fromX, fromY]] = [place(part), place(part - 0.02)];
    const length = Math.hypot(x - fromX, y - fromY);
    if (length < 1e-6) return "";
    const size = ARROW_SIZE * unit * (part === 1 ? 1.4 : 1);
    const [dx, dy] = [((x - fromX) / length) * size, ((y - fromY) / length) * size];
    return `M${x - dx * 1.6 - dy} ${y - dy * 1.6 + dx}L${x} ${y}L${x - dx * 1.6 + dy} ${y - dy * 1.6 - dx}`;
  });
  const d = heads.join("");
  return d === "" ? [] : [svg("path", { class: "arrow-under", d }), svg("path", { class: "arrow", d, stroke: track.color })];
}

/** A dot per frame. Dots that would touch the one before them are left out. */
function ticks(track: Track, { width, height, frames, unit }: TrackLook): SVGElement[] {
  const place = placeOf(track, width, height);
  const made: SVGElement[] = [];
  let last: [number, number] | null = null;
  for (let frame = 0; frame < frames; frame += 1) {
    const [x, y] = place(timeOf(frame, frames));
    if (last && Math.hypot(x - last[0], y - last[1]) < TICK_GAP * unit) continue;
    last = [x, y];
    const hidden = isShown(track, frame, frames) ? "" : " hidden-frame";
    const tick = svg("circle", { class: `tick${hidden}`, cx: String(x), cy: String(y), r: String(1.8 * unit), fill: track.color });
    tick.append(Object.assign(svg("title", {}), { textContent: t("frame {}", frame) }));
    made.push(tick);
  }
  return made;
}
