/** One track as it stands on the stage: its line, its frames as dots, its points. */

import { pathData, placeOf } from "./geometry";
import type { Track } from "./model";
import { svg } from "./svg";

export interface TrackLook {
  /** The video's size in pixels, and its frames. */
  width: number;
  height: number;
  frames: number;
  /** Video pixels per screen pixel, so that points keep their size at any zoom. */
  unit: number;
  active: boolean;
  /** Another track is selected. */
  faint: boolean;
  /** Indices of the points that are chosen. */
  chosen: readonly number[];
}

export function trackGroup(track: Track, { width, height, frames, unit, active, faint, chosen }: TrackLook): SVGElement {
  const group = svg("g", { "data-track": track.id, class: faint ? "faint" : "" });
  const d = pathData(track, width, height);
  const line = (name: string): SVGElement => svg("path", { class: name, d });
  const color = svg("path", { class: "line", d, stroke: track.color });
  group.append(...(active ? [line("under")] : []), line("halo"), color, line("hit"));
  if (active && track.points.length > 1 && track.kind !== "static") {
    const place = placeOf(track, width, height);
    for (let i = 0; i < frames; i += 1) {
      const [x, y] = place(frames > 1 ? i / (frames - 1) : 0);
      const tick = svg("circle", { class: "tick", cx: String(x), cy: String(y), r: String(1.8 * unit), fill: track.color });
      tick.append(Object.assign(svg("title", {}), { textContent: `frame ${i}` }));
      group.append(tick);
    }
  }
  const handles = active ? track.points.map((_, index) => index) : track.points.length ? [0] : [];
  for (const index of handles) {
    const [x, y] = track.points[index]!;
    const isChosen = chosen.includes(index);
    const name = `point${index === 0 ? " first" : ""}${isChosen ? " chosen" : ""}`;
    const r = String((index === 0 ? 6 : 4.5) * unit);
    group.append(
      svg("circle", { class: name, cx: String(x * width), cy: String(y * height), r, fill: track.color, "data-index": String(index) }),
    );
  }
  return group;
}
