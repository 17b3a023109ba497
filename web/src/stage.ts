/** The drawing surface: an SVG in pixels of the video, centred by its viewBox. It shows tracks and handles no input. */

import { BackdropLayer } from "./backdroplayer";
import { setAttributes, svg } from "./elements";
import { FlowLayer } from "./flowlayer";
import { clamp } from "./geometry";
import { HeadLayer } from "./heads";
import type { Point, Track, VideoSize } from "./model";
import type { Backdrop } from "./results";
import type { PointRef } from "./state";
import { trackGroup } from "./trackgroup";
import { transformBox } from "./transformbox";
import { t } from "./words";

/** Everything that the stage shows. */
export interface Scene {
  size: VideoSize;
  tracks: readonly Track[];
  selected: Track | null;
  chosen: readonly PointRef[];
  /** The picture or clip behind the tracks. */
  backdrop: Backdrop | null;
  opacity: number;
  /** Frame of the scrub head, with fractions while playing. */
  frame: number;
  /** Whether the colours that the model will see are shown. */
  colours: boolean;
}

/** The part of the frame that is shown: its middle in 0..1, and how much it is enlarged. */
interface Zoom {
  middle: Point;
  scale: number;
}

const MAX_ZOOM = 16;
/** Margin around the frame, as a part of its sides. */
const MARGIN = 0.02;

/** The group of one track, with what it was drawn for. */
interface Drawn {
  key: string;
  group: SVGElement;
}

export class Stage {
  readonly element = svg("svg", { class: "tora-stage", tabindex: "0", role: "application", "aria-label": t("Trajectory drawing"), "data-capture-wheel": "true" });
  private readonly frame = svg("rect", { class: "frame", x: "0", y: "0" });
  private readonly backdrop: BackdropLayer;
  private readonly grid = svg("path", { class: "grid" });
  private readonly lines = svg("g", {});
  private readonly flow = new FlowLayer();
  private readonly transform = svg("g", { class: "transform" });
  private readonly heads = new HeadLayer();
  private readonly box = svg("rect", { class: "marquee", visibility: "hidden" });
  private size: VideoSize = { width: 1, height: 1, frames: 1 };
  /** Video pixels per screen pixel at the last render. */
  private pixel = 1;
  /** Groups of the last render. A track object that did not change keeps its group. */
  private drawn = new Map<Track, Drawn>();
  private readonly resized: ResizeObserver;
  private zoom: Zoom = { middle: [0.5, 0.5], scale: 1 };
  private scene: Scene | null = null;

  /** `onUnreadable` is called for a clip that this browser cannot show. */
  constructor(onResize: () => void, onUnreadable: () => void) {
    this.backdrop = new BackdropLayer(onUnreadable);
    this.element.append(this.frame, this.backdrop.element, this.flow.element, this.grid, this.lines, this.heads.element, this.transform, this.box);
    this.resized = new ResizeObserver(onResize);
    this.resized.observe(this.element);
  }

  render(scene: Scene): void {
    this.scene = scene;
    this.size = scene.size;
    this.renderFrame(scene);
    this.pixel = this.unit(); // before the tracks are placed, because it makes the browser lay out the page
    this.renderTracks(scene, this.pixel);
    const { selected, chosen } = scene;
    const points = chosen.flatMap(({ track, index }) => (track === selected?.id && selected.points[index] ? [selected.points[index]] : []));
    const boxed = points.length > 1 && !selected?.locked;
    this.transform.replaceChildren(...(boxed ? transformBox(points, scene.size, this.pixel) : []));
    this.showFrame(scene.frame);
  }

  /** Shows where every track is in a frame. */
  showFrame(frame: number): void {
    if (this.scene?.colours) this.flow.show(this.scene.tracks, this.size, Math.round(frame));
    else this.flow.hide();
    this.heads.show(this.scene?.tracks ?? [], this.size, frame, this.pixel);
  }

  /** Shows a picture or the frame of a clip behind the tracks. */
  showBackdrop(backdrop: Backdrop | null): void {
    this.backdrop.show(backdrop, this.size.frames);
  }

  /** Enlarges the picture around a pointer, or shows the whole frame with scale 1. */
  zoomAt(event: MouseEvent | null, factor: number): void {
    if (!event) this.zoom = { middle: [0.5, 0.5], scale: 1 };
    else {
      const rect = this.frame.getBoundingClientRect();
      const at: Point = [(event.clientX - rect.left) / rect.width, (event.clientY - rect.top) / rect.height];
      const scale = clamp(this.zoom.scale * factor, 1, MAX_ZOOM);
      const part = this.zoom.scale / scale;
      const [x, y] = this.zoom.middle;
      this.zoom = { scale, middle: scale === 1 ? [0.5, 0.5] : [at[0] + (x - at[0]) * part, at[1] + (y - at[1]) * part] };
    }
    if (this.scene) this.render(this.scene);
  }

  /** Moves the enlarged picture by a distance on the screen. */
  pan(dx: number, dy: number): void {
    const rect = this.frame.getBoundingClientRect();
    const [x, y] = this.zoom.middle;
    if (this.zoom.scale > 1) this.zoom = { ...this.zoom, middle: [clamp(x - dx / rect.width), clamp(y - dy / rect.height)] };
    if (this.scene) this.render(this.scene);
  }

  dispose(): void {
    this.resized.disconnect();
    this.backdrop.dispose();
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

  private renderFrame({ size, backdrop, opacity }: Scene): void {
    const { width, height } = size;
    const part = (1 + 2 * MARGIN) / this.zoom.scale;
    const [left, top] = [this.zoom.middle[0] - part / 2, this.zoom.middle[1] - part / 2];
    // Strokes keep their width on the screen: the page may be scaled by the graph's zoom.
    const pixels = this.element.clientWidth > 0 ? this.element.getBoundingClientRect().width / this.element.clientWidth : 1;
    this.element.style.setProperty("--px", `${(1 / (pixels || 1)).toFixed(3)}px`);
    setAttributes(this.element, { viewBox: `${left * width} ${top * height} ${part * width} ${part * height}` });
    setAttributes(this.frame, { width: String(width), height: String(height) });
    this.backdrop.resize(size, opacity);
    this.showBackdrop(backdrop);
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
  unit(): number {
    const shown = this.frame.getBoundingClientRect().width;
    return shown > 0 ? this.size.width / shown : 1;
  }
}
