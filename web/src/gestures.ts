/** The mouse, pen and touch on the stage: what a press starts, and what the right click and the wheel open. */

import { boxDrag, firstDrag, lineDrag, pointsDrag, presetDrag, transformDrag, type BoxView, type Drag, type DragHost } from "./drags";
import { insertIndex } from "./geometry";
import type { Drawing, Kind, Point, Track } from "./model";
import { USUAL_RADIUS, placePreset, type PresetName } from "./presets";
import * as state from "./state";
import type { Handle } from "./transformbox";
import { t } from "./words";

/** The element that pointers act on. */
export interface Surface extends BoxView {
  readonly element: SVGElement;
  place(event: MouseEvent): Point;
  /** Moves the enlarged picture by a distance on the screen. */
  pan(dx: number, dy: number): void;
}

/** What gestures read and change. */
export interface GestureHost extends DragHost {
  readOnly(): boolean;
  chosen(): readonly state.PointRef[];
  /** The kind of the next new track. */
  kind(): Kind;
  /** The preset that the next press places, or null. The choice ends with this call. */
  takePreset(): PresetName | null;
  select(id: string | null): void;
  edit(drawing: Drawing, settled: "pointer" | "other" | "no"): void;
  say(text: string): void;
  /** Opens the menu for a place, and the track and the point there. */
  openMenu(event: MouseEvent, place: Point, track: string | null, point: state.PointRef | null): void;
  zoomAt(event: WheelEvent, factor: number): void;
}

export class Gestures {
  private drag: Drag | null = null;
  /** Where the pointer was while it pans. */
  private panned: [number, number] | null = null;

  constructor(
    private readonly surface: Surface,
    private readonly host: GestureHost,
    signal: AbortSignal,
  ) {
    const { element } = surface;
    element.addEventListener("pointerdown", (event) => this.onDown(event), { signal });
    element.addEventListener("pointermove", (event) => this.onMove(event), { signal });
    element.addEventListener("pointerup", (event) => this.onEnd(event), { signal });
    element.addEventListener("pointercancel", (event) => this.onEnd(event), { signal });
    element.addEventListener("contextmenu", (event) => this.onMenu(event), { signal });
    element.addEventListener("wheel", (event) => this.onWheel(event), { signal, passive: false });
  }

  get dragging(): boolean {
    return this.drag !== null;
  }

  private onDown(event: PointerEvent): void {
    if (event.button !== 0 || this.host.readOnly()) return;
    const { element } = this.surface;
    element.focus({ preventScroll: true });
    element.setPointerCapture(event.pointerId);
    event.stopPropagation();
    if (event.altKey) {
      this.panned = [event.clientX, event.clientY];
      return;
    }
    const handle = (event.target as Element).getAttribute("data-transform") as Handle | null;
    const from = this.surface.place(event);
    if (handle) this.drag = transformDrag(this.host, handle, this.host.chosen(), from);
    else this.press(from, trackAt(event.target), pointAt(event.target), event.shiftKey);
  }

  private onMove(event: PointerEvent): void {
    if (this.panned) {
      event.stopPropagation();
      this.surface.pan(event.clientX - this.panned[0], event.clientY - this.panned[1]);
      this.panned = [event.clientX, event.clientY];
      return;
    }
    if (!this.drag) return;
    event.stopPropagation();
    this.drag.move(this.surface.place(event), event.shiftKey);
  }

  private onEnd(event: PointerEvent): void {
    this.panned = null;
    const { drag } = this;
    if (!drag) return;
    event.stopPropagation();
    this.drag = null;
    if (event.type === "pointercancel") drag.cancel();
    else drag.finish();
  }

  private onMenu(event: MouseEvent): void {
    event.preventDefault();
    event.stopPropagation();
    if (this.host.readOnly()) return;
    this.host.openMenu(event, this.surface.place(event), trackAt(event.target), pointAt(event.target));
  }

  /** Alt and the wheel zoom the picture, Alt and a drag move it. In the expanded view the wheel alone zooms. */
  private onWheel(event: WheelEvent): void {
    if (!event.altKey && !this.surface.element.closest("dialog")) return;
    event.preventDefault();
    event.stopPropagation();
    this.host.zoomAt(event, Math.exp(-event.deltaY / 300));
  }

  /** Starts what a press at this place means, on a track, on one of its points, or on nothing. */
  private press(from: Point, track: string | null, point: state.PointRef | null, shift: boolean): void {
    const { host } = this;
    const preset = host.takePreset();
    if (preset) this.startPreset(preset, from);
    else if (point) this.grab(point, from, shift);
    else if (track) this.grabLine(track, from);
    else if (shift) this.drag = boxDrag(host, this.surface, from);
    else this.draw(from);
  }

  /** Selects a track by its line and moves it. A click on the line of the selected track inserts a point. */
  private grabLine(id: string, from: Point): void {
    const { host } = this;
    const wasSelected = id === host.selected()?.id;
    if (!wasSelected) host.select(id);
    const track = host.selected();
    if (!track || track.locked) return;
    this.drag = lineDrag(host, track, from, () => {
      if (wasSelected) this.insertOn(track, from);
    });
  }

  /** Inserts a point into a track's line. */
  insertOn(track: Track, at: Point): void {
    const { width, height } = this.host.size();
    const index = insertIndex(track, [at[0] * width, at[1] * height], width, height);
    this.host.edit(state.insertPoint(this.host.drawing(), track.id, index, at), "pointer");
    this.host.choose([{ track: track.id, index }]);
  }

  /** Adds a preset around this place at its usual size. A drag changes the size. */
  private startPreset(name: PresetName, centre: Point): void {
    const { host } = this;
    const { width, height } = host.size();
    const placed = placePreset(name, centre, USUAL_RADIUS, width, height);
    const [drawing, track] = state.addTrack(host.drawing(), placed.points, placed);
    if (track === null) return;
    host.edit(drawing, "no");
    host.select(track);
    this.drag = presetDrag(host, name, track, centre);
  }

  /** Adds a point to the selected track. On an empty track a drag draws freehand. Without a selected track it makes one. */
  private draw(from: Point): void {
    const { host } = this;
    if (!host.selected()) {
      const [drawing, made] = state.addTrack(host.drawing(), [], { kind: host.kind() });
      host.edit(drawing, "no");
      host.select(made);
    }
    const track = host.selected();
    if (!track || track.locked || !track.visible) return host.say(t("This track is locked or hidden."));
    if (track.points.length === 0 && track.kind !== "static") {
      this.drag = firstDrag(host, track.id, from, () => {
        host.edit(state.insertPoint(host.drawing(), track.id, 0, host.snap(from)), "pointer");
        host.choose([{ track: track.id, index: 0 }]);
      });
      return;
    }
    const isStatic = track.kind === "static";
    const index = isStatic ? 0 : track.points.length;
    const drawing = isStatic ? state.setTrack(host.drawing(), track.id, { points: [] }) : host.drawing();
    host.edit(state.insertPoint(drawing, track.id, index, host.snap(from)), "no");
    this.grab({ track: track.id, index }, from, false);
  }

  /** Chooses a point and starts to move all chosen points. `toggle` adds it to the chosen ones or takes it out. */
  private grab(ref: state.PointRef, from: Point, toggle: boolean): void {
    const { host } = this;
    if (ref.track !== host.selected()?.id) host.select(ref.track);
    const isRef = (each: state.PointRef): boolean => each.track === ref.track && each.index === ref.index;
    const isChosen = host.chosen().some(isRef);
    if (toggle) host.choose(isChosen ? host.chosen().filter((each) => !isRef(each)) : [...host.chosen(), ref]);
    else if (!isChosen) host.choose([ref]);
    this.drag = pointsDrag(host, host.chosen(), from);
  }
}

function trackAt(target: EventTarget | null): string | null {
  return (target as Element).closest("[data-track]")?.getAttribute("data-track") ?? null;
}

function pointAt(target: EventTarget | null): state.PointRef | null {
  const track = trackAt(target);
  const index = (target as Element).getAttribute("data-index");
  return track && index !== null ? { track, index: Number(index) } : null;
}
