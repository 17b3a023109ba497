/** The drawing surface: an SVG in pixels of the video, centred by its viewBox. It shows tracks and handles no input. */

import { setAttributes, svg } from "./elements";
import { clamp } from "./geometry";
import type { Point, Track, VideoSize } from "./model";
import { Player } from "./player";
import type { PointRef } from "./state";
import { trackGroup } from "./trackgroup";

/** Everything that the stage shows. */
export interface Scene {
  size: VideoSize;
  tracks: readonly Track[];
  selected: Track | null;
  chosen: readonly PointRef[];
  /** Address of the picture behind the tracks. */
  picture: string | null;
  opacity: number;
  playing: boolean;
}

/** The group of one track, with what it was drawn for. */
interface Drawn {
  key: string;
  group: SVGElement;
}

export class Stage {
  readonly element = svg("svg", { class: "tora-stage", tabindex: "0", role: "application", "aria-label": "Trajectory drawing" });
  private readonly frame = svg("rect", { class: "frame", x: "0", y: "0" });
  private readonly picture = svg("image", { preserveAspectRatio: "xMidYMid slice", "pointer-events": "none" });
  private readonly grid = svg("path", { class: "grid" });
  private readonly lines = svg("g", {});
  private readonly player = new Player();
  private readonly box = svg("rect", { class: "marquee", visibility: "hidden" });
  private size: VideoSize = { width: 1, height: 1, frames: 1 };
  /** Groups of the last render. A track object that did not change keeps its group. */
  private drawn = new Map<Track, Drawn>();
  private readonly resized: ResizeObserver;

  constructor(onResize: () => void) {
    this.element.append(this.frame, this.picture, this.grid, this.lines, this.player.element, this.box);
    this.resized = new ResizeObserver(onResize);
    this.resized.observe(this.element);
  }

  render(scene: Scene): void {
    this.size = scene.size;
    this.renderFrame(scene);
    const unit = this.unit();
    this.renderTracks(scene, unit);
    const tracks = scene.tracks.filter((track) => track.visible && track.points.length > 0);
    this.player.show(scene.playing ? { tracks, size: scene.size, unit } : null);
  }

  dispose(): void {
    this.resized.disconnect();
    this.player.show(null);
  }

  /** The place of a pointer in 0..1 of the frame. Outside the frame it is the nearest place inside. */
  place(event: MouseEvent): Point {
    const rect = this.frame.getBoundingClientRect();
    return [clamp((event.clientX - rect.left) / rect.width), clamp((event.clientY - rect.top) / rect.height)];
  }

  /** Shows a selection box between two corners in 0..1 of the frame. */
  showBox(from: Point, to: Point): void {
    const { width, height } = this.size;
    setAttributes(this.box, {
      visibility: "visible",
      x: String(Math.min(from[0], to[0]) * width),
      y: String(Math.min(from[1], to[1]) * height),
      width: String(Math.abs(from[0] - to[0]) * width),
      height: String(Math.abs(from[1] - to[1]) * height),
    });
  }

  hideBox(): void {
    setAttributes(this.box, { visibility: "hidden" });
  }

  private renderFrame({ size: { width, height }, picture, opacity }: Scene): void {
    setAttributes(this.element, { viewBox: `${-width * 0.02} ${-height * 0.02} ${width * 1.04} ${height * 1.04}` });
    setAttributes(this.frame, { width: String(width), height: String(height) });
    setAttributes(this.picture, { width: String(width), height: String(height), opacity: String(opacity) });
    setAttributes(this.picture, { visibility: picture ? "visible" : "hidden" });
    if (picture && this.picture.getAttribute("href") !== picture) this.picture.setAttribute("href", picture);
    const [x1, x2, y1, y2] = [width / 3, (2 * width) / 3, height / 3, (2 * height) / 3];
    setAttributes(this.grid, { d: `M${x1} 0V${height}M${x2} 0V${height}M0 ${y1}H${width}M0 ${y2}H${width}` });
  }

  private renderTracks({ size, tracks, selected, chosen }: Scene, unit: number): void {
    const others = tracks.filter((track) => track.visible && track.id !== selected?.id);
    const shown = selected?.visible ? [...others, selected] : others; // the selected track lies on top
    const view = `${size.width} ${size.height} ${size.frames} ${unit} ${selected?.id ?? ""}`;
    const drawn = new Map<Track, Drawn>();
    for (const track of shown) {
      const indices = chosen.flatMap((ref) => (ref.track === track.id ? [ref.index] : []));
      const key = `${view} ${indices.join(",")}`;
      const before = this.drawn.get(track);
      const active = track.id === selected?.id;
      const look = { ...size, unit, active, faint: !active && selected !== null, chosen: indices };
      drawn.set(track, { key, group: before?.key === key ? before.group : trackGroup(track, look) });
    }
    this.drawn = drawn;
    this.placeGroups([...drawn.values()].map(({ group }) => group));
  }

  /** Puts the groups into the page in this order. It touches only what changed: a moved group is styled and painted again. */
  private placeGroups(groups: SVGElement[]): void {
    const kept = new Set<Element>(groups);
    groups.forEach((group, i) => {
      const there = this.lines.children[i];
      if (there === group) return;
      if (there && !kept.has(there)) there.replaceWith(group);
      else this.lines.insertBefore(group, there ?? null);
    });
    while (this.lines.children.length > groups.length) this.lines.lastElementChild?.remove();
  }

  /** Video pixels per screen pixel. */
  private unit(): number {
    const shown = this.frame.getBoundingClientRect().width;
    return shown > 0 ? this.size.width / shown : 1;
  }
}
