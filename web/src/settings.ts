/** The row of the selected track and point: kind of line, speed, times, and the point's place as numbers. */

import { element, labelled, select, slider } from "./elements";
import { clamp } from "./geometry";
import { EASES, KINDS, MAX_DEGREES, MAX_SCALE, SPEEDS, type Ease, type Kind, type Point, type Speed, type Track, type VideoSize } from "./model";
import type { Edge } from "./timeline";
import { frameOf, hasInnerPin, span } from "./timing";
import { t, tIn } from "./words";

export interface SettingsActions {
  /** Sets the kind of the selected track and of the next new track. */
  setKind(kind: Kind): void;
  change(change: Partial<Track>, settled: boolean): void;
  setEdge(edge: Edge, frame: number): void;
  /** Moves the chosen point, in pixels of the video. */
  movePoint(axis: 0 | 1, px: number): void;
  pinPoint(frame: number | null): void;
  /** Sets the size of the track's object, in pixels of the video. */
  setRadius(px: number): void;
}

export class Settings {
  readonly element = element("div", "tora-bar tora-settings");
  private readonly kind: HTMLSelectElement;
  private readonly tension: HTMLInputElement;
  private readonly ease: HTMLSelectElement;
  private readonly speed: HTMLSelectElement;
  private readonly edges: Record<Edge, HTMLInputElement>;
  private readonly place: [HTMLInputElement, HTMLInputElement];
  private readonly pin: HTMLInputElement;
  /** The fields of growth and turn, shown for an object only. */
  private readonly growth: HTMLElement[];
  /** Size, growth and turn of the object. */
  private readonly object: [HTMLInputElement, HTMLInputElement, HTMLInputElement];

  constructor(actions: SettingsActions) {
    this.kind = select(t("Kind of line"), KINDS, (kind) => actions.setKind(kind as Kind));
    this.tension = slider(t("Tension of the curve: round to straight"), (tension, settled) => actions.change({ tension }, settled));
    this.ease = select(t("Ease"), EASES, (ease) => actions.change({ ease: ease as Ease }, true), (ease) => tIn("ease", ease));
    this.speed = select(t("Speed: constant, or slower where points are close"), SPEEDS, (speed) =>
      actions.change({ speed: speed as Speed }, true),
    );
    const edge = (title: string, name: Edge): HTMLInputElement =>
      number(t(title), (frame) => frame !== null && actions.setEdge(name, frame));
    this.edges = {
      start: edge("Frame in which the track starts to move", "start"),
      end: edge("Frame in which the track stops moving", "end"),
      from: edge("First frame in which the track is visible", "from"),
      to: edge("Last frame in which the track is visible", "to"),
    };
    this.place = [
      number(t("x of the point in pixels"), (px) => px !== null && actions.movePoint(0, px)),
      number(t("y of the point in pixels"), (px) => px !== null && actions.movePoint(1, px)),
    ];
    this.pin = number(t("Frame in which the track is at this point. Empty: not pinned"), (frame) => actions.pinPoint(frame));
    const between = (text: string, from: HTMLElement, to: HTMLElement): HTMLElement => {
      const made = labelled(t(text), from);
      made.append("–", to);
      return made;
    };
    this.object = [
      number(t("Size of the object in pixels. 0: a single point"), (px) => px !== null && actions.setRadius(px)),
      number(t("Size at the end: 2 is twice as large"), (scale) => scale !== null && actions.change({ scale: clamp(scale, 1 / MAX_SCALE, MAX_SCALE) }, true)),
      number(t("Turn until the end, in degrees, clockwise"), (turn) => turn !== null && actions.change({ rotation: clamp(turn, -MAX_DEGREES, MAX_DEGREES) }, true)),
    ];
    this.growth = [labelled(t("grows"), this.object[1]), labelled(t("turns"), this.object[2])];
    this.element.append(
      labelled(t("line"), this.kind), labelled(t("tension"), this.tension), labelled(t("speed"), this.speed), labelled(t("ease"), this.ease),
      between("moves", this.edges.start, this.edges.end), between("visible", this.edges.from, this.edges.to),
      labelled("x", this.place[0]), labelled("y", this.place[1]), labelled(t("pin"), this.pin),
      labelled(t("object"), this.object[0]), ...this.growth,
    );
  }

  /** Shows a track and its chosen point. Without a track it shows the kind of the next new track. */
  render(selected: Track | null, point: Point | null, nextKind: Kind, { width, height, frames }: VideoSize): void {
    const locked = !selected || selected.locked;
    for (const each of [this.speed, ...Object.values(this.edges)]) each.disabled = locked;
    this.kind.disabled = selected?.locked ?? false;
    const { kind, tension, ease, speed, shown_from, shown_to } = selected ?? {
      kind: nextKind, tension: 0, ease: "linear", speed: "constant", shown_from: 0, shown_to: 1,
    };
    this.tension.disabled = locked || kind !== "spline";
    this.ease.disabled = locked || (hasInnerPin(selected) && !selected.radius);
    this.ease.title = this.ease.disabled && !locked ? t("Ease has no effect, because points are pinned") : t("Ease");
    this.kind.value = kind;
    this.tension.value = String(tension);
    this.ease.value = ease;
    this.speed.value = speed;
    const [start, end] = selected ? span(selected) : [0, 1];
    const times: [Edge, number][] = [["start", start], ["end", end], ["from", shown_from], ["to", shown_to]];
    for (const [edge, time] of times) show(this.edges[edge], frameOf(time, frames));
    for (const input of [...this.place, this.pin]) input.disabled = locked || !point;
    show(this.place[0], point ? Math.round(point[0] * width * 10) / 10 : null);
    show(this.place[1], point ? Math.round(point[1] * height * 10) / 10 : null);
    for (const input of this.object) input.disabled = locked;
    for (const label of this.growth) label.hidden = !selected?.radius;
    show(this.object[0], selected ? Math.round(selected.radius * Math.min(width, height) * 10) / 10 : null);
    show(this.object[1], selected?.scale ?? null);
    show(this.object[2], selected?.rotation ?? null);
    show(this.pin, point?.[2] === undefined ? null : frameOf(point[2], frames));
  }
}

/** A field for a number. An empty field is null. */
function number(title: string, run: (value: number | null) => void): HTMLInputElement {
  const made = element("input", "number");
  Object.assign(made, { type: "number", title });
  made.setAttribute("aria-label", title);
  made.addEventListener("change", () => run(made.value === "" ? null : Number(made.value)));
  return made;
}

/** Shows a number, unless the user is typing one. */
function show(input: HTMLInputElement, value: number | null): void {
  if (document.activeElement !== input) input.value = value === null ? "" : String(value);
}
