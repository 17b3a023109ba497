/** The mouse, pen and touch on the stage: what a press starts, and the right click. */

import { boxDrag, freehandDrag, pointsDrag, presetDrag, type BoxView, type Drag, type DragHost } from "./drags";
import { insertIndex } from "./geometry";
import type { Drawing, Kind, Point } from "./model";
import { placePreset, type PresetName } from "./presets";
import * as state from "./state";

const PRESET_RADIUS = 0.3;

/** The element that pointers act on. */
export interface Surface extends BoxView {
  readonly element: SVGElement;
  place(event: MouseEvent): Point;
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
}

export class Gestures {
  private drag: Drag | null = null;

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
    this.press(this.surface.place(event), trackAt(event.target), pointAt(event.target), event.shiftKey);
  }

  private onMove(event: PointerEvent): void {
    if (!this.drag) return;
    event.stopPropagation();
    this.drag.move(this.surface.place(event));
  }

  private onEnd(event: PointerEvent): void {
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
    const point = pointAt(event.target);
    if (!point || this.host.readOnly()) return;
    this.host.choose([]);
    this.host.edit(state.removePoints(this.host.drawing(), [point]), "other");
  }

  /** Starts what a press at this place means, on a track, on one of its points, or on nothing. */
  private press(from: Point, track: string | null, point: state.PointRef | null, shift: boolean): void {
    const { host } = this;
    const preset = host.takePreset();
    if (preset) this.startPreset(preset, from);
    else if (point) this.grab(point, from, shift);
    else if (track && track !== host.selected()?.id) host.select(track);
    else if (shift) this.drag = boxDrag(host, this.surface, from);
    else this.draw(from, track);
  }

  /** Adds a preset around this place at its usual size. A drag changes the size. */
  private startPreset(name: PresetName, centre: Point): void {
    const { host } = this;
    const { width, height } = host.size();
    const placed = placePreset(name, centre, PRESET_RADIUS, width, height);
    const [drawing, track] = state.addTrack(host.drawing(), placed.points, placed);
    if (track === null) return;
    host.edit(drawing, "no");
    host.select(track);
    this.drag = presetDrag(host, name, track, centre);
  }

  /** Adds a point to the selected track, or starts a freehand line. Without a selected track it makes one. */
  private draw(from: Point, pressed: string | null): void {
    const { host } = this;
    if (!host.selected()) {
      const [drawing, made] = state.addTrack(host.drawing(), [], { kind: host.kind() });
      host.edit(drawing, "no");
      host.select(made);
    }
    const track = host.selected();
    if (!track || track.locked || !track.visible) return host.say("This track is locked or hidden.");
    if (track.kind === "freehand" && track.points.length === 0) {
      this.drag = freehandDrag(host, track.id, from);
      return;
    }
    const { width, height } = host.size();
    const isStatic = track.kind === "static";
    const onLine = pressed === track.id; // or on one of its frame dots
    const at = onLine ? insertIndex(track, [from[0] * width, from[1] * height], width, height) : track.points.length;
    const index = isStatic ? 0 : at;
    const drawing = isStatic ? state.setTrack(host.drawing(), track.id, { points: [] }) : host.drawing();
    host.edit(state.insertPoint(drawing, track.id, index, from), "no");
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
