/** The drawing surface: an SVG whose units are the video's pixels, letterboxed by its viewBox. */

import simplify from "simplify-js";
import { clamp, insertIndex, placeOf } from "./geometry";
import type { Point, Track } from "./model";
import { DEFAULT_OPACITY } from "./panel";
import { presetPoints, type PresetName } from "./presets";
import * as state from "./state";
import { set, svg } from "./svg";
import { trackGroup } from "./trackgroup";
import type { Editor } from "./view";

const FREEHAND_TOLERANCE_PX = 2.5;
const FPS = 8;
const PRESET_RADIUS = 0.3;

type Drag =
  | { kind: "points"; refs: state.PointRef[]; from: Point; base: Editor["drawing"] }
  | { kind: "freehand"; track: string; line: Point[]; base: Editor["drawing"] }
  | { kind: "preset"; name: PresetName; track: string; from: Point; base: Editor["drawing"] }
  | { kind: "marquee"; from: Point; to: Point };

export class Stage {
  readonly element = svg("svg", { class: "tora-stage", tabindex: "0", role: "application", "aria-label": "Trajectory drawing" });
  private readonly frame = svg("rect", { class: "frame", x: "0", y: "0" });
  private readonly picture = svg("image", { preserveAspectRatio: "xMidYMid slice", "pointer-events": "none" });
  private readonly grid = svg("path", { class: "grid" });
  private readonly lines = svg("g", {});
  private readonly dots = svg("g", { "pointer-events": "none" });
  private drag: Drag | null = null;
  /** What is drawn of each track as it is; a track that did not change is not drawn again. */
  private drawn = new Map<Track, { key: string; group: SVGElement }>();
  private playFrom: number | null = null;
  private readonly stop = new AbortController();
  private readonly resized = new ResizeObserver(() => this.editor.refresh());

  constructor(private readonly editor: Editor) {
    this.element.append(this.frame, this.picture, this.grid, this.lines, this.dots);
    const options = { signal: this.stop.signal };
    this.element.addEventListener("pointerdown", (event) => this.onDown(event), options);
    this.element.addEventListener("pointermove", (event) => this.onMove(event), options);
    for (const name of ["pointerup", "pointercancel"] as const) this.element.addEventListener(name, (event) => this.onUp(event), options);
    this.element.addEventListener("keydown", (event) => this.onKey(event), options);
    this.element.addEventListener("contextmenu", (event) => this.onMenu(event), options);
    this.resized.observe(this.element);
  }

  render(): void {
    const { width, height, frames } = this.editor.host.size();
    const { drawing, selected } = this.editor;
    set(this.element, { viewBox: `${-width * 0.02} ${-height * 0.02} ${width * 1.04} ${height * 1.04}` });
    set(this.frame, { width: String(width), height: String(height) });
    const source = this.editor.host.background(drawing.bg);
    set(this.picture, { width: String(width), height: String(height), visibility: source ? "visible" : "hidden" });
    set(this.picture, { opacity: String(this.editor.host.property("tora_opacity", DEFAULT_OPACITY)) });
    if (source && this.picture.getAttribute("href") !== source) this.picture.setAttribute("href", source);
    const [x1, x2, y1, y2] = [width / 3, (2 * width) / 3, height / 3, (2 * height) / 3];
    set(this.grid, { d: `M${x1} 0V${height}M${x2} 0V${height}M0 ${y1}H${width}M0 ${y2}H${width}` });
    const unit = this.unit();
    const others = drawing.tracks.filter((track) => track.visible && track.id !== selected?.id);
    const shown = selected?.visible ? [...others, selected] : others;
    const view = `${width} ${height} ${frames} ${unit} ${selected?.id ?? ""}`;
    const drawn = new Map<Track, { key: string; group: SVGElement }>();
    for (const track of shown) {
      const chosen = this.editor.chosen.flatMap((ref) => (ref.track === track.id ? [ref.index] : []));
      const key = `${view} ${chosen.join(",")}`;
      const before = this.drawn.get(track);
      const active = track.id === selected?.id;
      const look = { width, height, frames, unit, active, faint: !active && selected !== null, chosen };
      const group = before?.key === key ? before.group : trackGroup(track, look);
      drawn.set(track, { key, group });
    }
    // Only what changed is put in anew: the browser would style and paint all that is moved.
    [...drawn.values()].forEach(({ group }, i) => {
      const there = this.lines.children[i];
      if (there === group) return;
      if (there && ![...drawn.values()].some((each) => each.group === there)) there.replaceWith(group);
      else this.lines.insertBefore(group, there ?? null);
    });
    while (this.lines.children.length > drawn.size) this.lines.lastElementChild?.remove();
    this.drawn = drawn;
    this.play();
  }

  dispose(): void {
    this.stop.abort();
    this.resized.disconnect();
    this.playFrom = null;
  }

  /** Video pixels per screen pixel, so that points keep their size at any zoom. */
  private unit(): number {
    const shown = this.frame.getBoundingClientRect().width;
    return shown > 0 ? this.editor.host.size().width / shown : 1;
  }

  /** Where a pointer is, in 0..1 of the frame; outside of it the nearest place inside. */
  private at(event: PointerEvent | MouseEvent): Point {
    const rect = this.frame.getBoundingClientRect();
    return [clamp((event.clientX - rect.left) / rect.width), clamp((event.clientY - rect.top) / rect.height)];
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0 || this.editor.host.readOnly()) return;
    this.element.focus({ preventScroll: true });
    this.element.setPointerCapture(event.pointerId);
    event.stopPropagation();
    const { editor } = this;
    const target = event.target as Element;
    const id = target.closest("[data-track]")?.getAttribute("data-track") ?? null;
    const index = target.getAttribute("data-index");
    const from = this.at(event);
    if (editor.preset) return this.startPreset(editor.preset, from);
    if (id && index !== null) return this.grab({ track: id, index: Number(index) }, from, event.shiftKey);
    if (id && id !== editor.selected?.id) return editor.select(id);
    if (event.shiftKey) {
      this.drag = { kind: "marquee", from, to: from };
      return undefined;
    }
    if (!editor.selected) {
      const [drawing, made] = state.addTrack(editor.drawing, [], editor.kind);
      editor.edit(drawing, "no");
      editor.select(made);
    }
    const track = editor.selected;
    if (!track || track.locked || !track.visible) return editor.say("This track is locked or hidden.");
    if (track.kind === "freehand" && track.points.length === 0) {
      this.drag = { kind: "freehand", track: track.id, line: [from], base: editor.drawing };
      return undefined;
    }
    const { width, height } = editor.host.size();
    const onLine = id === track.id; // or on one of its frame dots
    const place: Point = [from[0] * width, from[1] * height];
    const at = track.kind === "static" ? 0 : onLine ? insertIndex(track, place, width, height) : track.points.length;
    const cleared = track.kind === "static" ? state.setTrack(editor.drawing, track.id, { points: [] }) : editor.drawing;
    editor.edit(state.insertPoint(cleared, track.id, at, from), "no");
    return this.grab({ track: track.id, index: at }, from, false);
  }

  /** A preset grows from its middle while the pointer moves away; a click leaves it at its usual size. */
  private startPreset(name: PresetName, from: Point): void {
    const { editor } = this;
    const { width, height } = editor.host.size();
    editor.preset = null;
    const [drawing, track] = state.addTrack(editor.drawing, presetPoints(name, from, PRESET_RADIUS, width, height));
    if (track === null) return;
    editor.edit(drawing, "no");
    editor.select(track);
    this.drag = { kind: "preset", name, track, from, base: drawing };
  }

  private grab(ref: state.PointRef, from: Point, add: boolean): void {
    const { editor } = this;
    if (ref.track !== editor.selected?.id) editor.select(ref.track);
    const same = (each: state.PointRef): boolean => each.track === ref.track && each.index === ref.index;
    const chosen = editor.chosen.some(same);
    if (add) editor.choose(chosen ? editor.chosen.filter((each) => !same(each)) : [...editor.chosen, ref]);
    else if (!chosen) editor.choose([ref]);
    this.drag = { kind: "points", refs: [...editor.chosen], from, base: editor.drawing };
  }

  private onMove(event: PointerEvent): void {
    const { drag, editor } = this;
    if (!drag) return;
    event.stopPropagation();
    const to = this.at(event);
    if (drag.kind === "points") {
      editor.edit(state.movePoints(drag.base, drag.refs, to[0] - drag.from[0], to[1] - drag.from[1]), "no");
    } else if (drag.kind === "preset") {
      const { width, height } = editor.host.size();
      const radius = Math.hypot((to[0] - drag.from[0]) * width, (to[1] - drag.from[1]) * height) / Math.min(width, height);
      const points = presetPoints(drag.name, drag.from, Math.max(radius, 0.03), width, height);
      editor.edit(state.setTrack(drag.base, drag.track, { points }), "no");
    } else if (drag.kind === "freehand") {
      drag.line.push(to);
      editor.edit(state.setTrack(drag.base, drag.track, { points: [...drag.line] }), "no");
    } else {
      drag.to = to;
      this.marquee(drag.from, to);
    }
  }

  private onUp(event: PointerEvent): void {
    const { drag, editor } = this;
    if (!drag) return;
    event.stopPropagation();
    this.drag = null;
    if (event.type === "pointercancel") {
      if (drag.kind !== "marquee") editor.edit(drag.base, "no");
      else editor.choose([]);
    } else if (drag.kind === "marquee") {
      const inside = (value: number, a: number, b: number): boolean => value >= Math.min(a, b) && value <= Math.max(a, b);
      const points = editor.selected?.points ?? [];
      const refs = points.flatMap(([x, y], index) =>
        inside(x, drag.from[0], drag.to[0]) && inside(y, drag.from[1], drag.to[1]) ? [{ track: editor.selected!.id, index }] : [],
      );
      editor.choose(refs);
    } else if (drag.kind === "freehand") {
      const { width, height } = editor.host.size();
      const px = drag.line.map(([x, y]) => ({ x: x * width, y: y * height }));
      const points = simplify(px, FREEHAND_TOLERANCE_PX, true).map(({ x, y }): Point => [x / width, y / height]);
      editor.edit(state.setTrack(drag.base, drag.track, { points }), "pointer");
    } else {
      if (drag.kind === "preset") this.chooseAll(); // so that a drag on any point moves the whole shape
      editor.edit(editor.drawing, "pointer");
    }
  }

  private chooseAll(): void {
    const track = this.editor.selected;
    if (track) this.editor.choose(track.points.map((_, index) => ({ track: track.id, index })));
  }

  private onMenu(event: MouseEvent): void {
    event.preventDefault();
    event.stopPropagation();
    const target = event.target as Element;
    const id = target.closest("[data-track]")?.getAttribute("data-track");
    const index = target.getAttribute("data-index");
    if (!id || index === null || this.editor.host.readOnly()) return;
    this.editor.choose([]);
    this.editor.edit(state.removePoints(this.editor.drawing, [{ track: id, index: Number(index) }]), "other");
  }

  private onKey(event: KeyboardEvent): void {
    const { editor } = this;
    const { width, height } = editor.host.size();
    const step = event.shiftKey ? 10 : 1;
    const arrows: Record<string, Point> = {
      ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step],
    };
    const arrow = arrows[event.key];
    const track = editor.selected;
    if (arrow && editor.chosen.length) {
      editor.edit(state.movePoints(editor.drawing, editor.chosen, arrow[0] / width, arrow[1] / height), "other");
    } else if ((event.key === "Delete" || event.key === "Backspace") && editor.chosen.length) {
      const refs = editor.chosen;
      editor.choose([]);
      editor.edit(state.removePoints(editor.drawing, refs), "other");
    } else if (event.key === "Escape" && (editor.chosen.length || this.drag)) {
      editor.choose([]);
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey) && track) {
      this.chooseAll();
    } else if (event.key === "c" && (event.ctrlKey || event.metaKey) && track) {
      editor.copyTrack();
    } else {
      return;
    }
    event.preventDefault();
  }

  private marquee(from: Point, to: Point): void {
    const { width, height } = this.editor.host.size();
    const box = svg("rect", {
      class: "marquee",
      x: String(Math.min(from[0], to[0]) * width),
      y: String(Math.min(from[1], to[1]) * height),
      width: String(Math.abs(from[0] - to[0]) * width),
      height: String(Math.abs(from[1] - to[1]) * height),
    });
    this.dots.replaceChildren(box);
  }

  private play(): void {
    if (!this.editor.playing) {
      this.playFrom = null;
      if (this.drag?.kind !== "marquee") this.dots.replaceChildren();
      return;
    }
    if (this.playFrom !== null) return;
    this.playFrom = performance.now();
    const step = (now: number): void => {
      if (this.playFrom === null || !this.editor.playing || !this.element.isConnected) return;
      const { width, height, frames } = this.editor.host.size();
      const time = (((now - this.playFrom) / 1000) % (frames / FPS)) / (frames / FPS);
      const r = String(7 * this.unit());
      this.dots.replaceChildren(
        ...this.editor.drawing.tracks
          .filter((track) => track.visible && track.points.length > 0)
          .map((track) => {
            const [x, y] = placeOf(track, width, height)(time);
            return svg("circle", { class: "play", cx: String(x), cy: String(y), r, fill: track.color });
          }),
      );
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }
}
