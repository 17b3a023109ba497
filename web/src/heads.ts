/** The layer of the stage that shows where every track is in a frame: a dot, and for an object its ring. */

import { svg } from "./elements";
import { objectOf } from "./geometry";
import type { Point, Track, VideoSize } from "./model";
import { isShown, timeOf } from "./timing";

const HEAD_SIZE = 7;

export class HeadLayer {
  readonly element = svg("g", { "pointer-events": "none" });

  /** `pixel`: video pixels per screen pixel. */
  show(tracks: readonly Track[], size: VideoSize, frame: number, pixel: number): void {
    const moves = ({ points, kind }: Track): boolean => points.length > 1 && kind !== "static";
    const shown = tracks.filter((track) => track.visible && track.points.length > 0 && (moves(track) || track.radius > 0));
    const circles = shown.flatMap((track) => circlesOf(track, size, frame, HEAD_SIZE * pixel));
    const { children } = this.element;
    while (children.length > circles.length) this.element.lastElementChild!.remove();
    circles.forEach((circle, i) => {
      // Playing moves every dot in each frame. A moved circle costs much less than a new one.
      const there = children[i];
      if (there) setChanged(there, circle);
      else this.element.append(svg("circle", circle));
    });
  }
}

/** The attributes of a track's circles. The style sheet gives a dot a white stroke, and a ring no fill. */
function circlesOf(track: Track, { width, height, frames }: VideoSize, frame: number, radius: number): Record<string, string>[] {
  const points = objectOf(track, width, height)(timeOf(frame, frames));
  const look = isShown(track, Math.round(frame), frames) ? "play" : "play unseen";
  const circle = (name: string, [x, y]: Point, r: number): Record<string, string> =>
    ({ class: name, cx: String(x), cy: String(y), r: String(r), fill: track.color, stroke: track.color });
  const [middle, edge] = [points[0]!, points[1]];
  const ring = edge ? [circle("ring", middle, Math.hypot(edge[0] - middle[0], edge[1] - middle[1]))] : [];
  return [...ring, ...points.map((point, i) => circle(look, point, i === 0 ? radius : radius / 2))];
}

function setChanged(target: Element, attributes: Record<string, string>): void {
  for (const [name, value] of Object.entries(attributes)) if (target.getAttribute(name) !== value) target.setAttribute(name, value);
}
