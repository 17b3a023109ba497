/** One track on the stage: its line, a dot per frame, and its points. */

import { svg } from "./elements";
import { pathData, placeOf } from "./geometry";
import type { Track, VideoSize } from "./model";

export interface TrackLook extends VideoSize {
  /** Video pixels per screen pixel. It keeps the points at the same size on the screen at any zoom. */
  unit: number;
  active: boolean;
  /** True while another track is selected. */
  faint: boolean;
  /** Indices of the chosen points. */
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
