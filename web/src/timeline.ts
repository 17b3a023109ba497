/** The tracks under the stage: one row each, with its name and a bar that shows when it moves and when it is visible. */

import { button, element } from "./elements";
import { icon } from "./icons";
import type { Track } from "./model";
import { frameOf, span, timeOf } from "./timing";
import { t } from "./words";

export type Edge = "start" | "end" | "from" | "to";

export interface TimelineActions {
  select(id: string): void;
  change(id: string, change: Partial<Track>): void;
  /** Moves an edge of a track's bar to a time. `settled` ends the drag. */
  setEdge(id: string, edge: Edge, time: number, settled: boolean): void;
  /** Moves a whole track in time, by a distance from where the drag began. */
  shift(id: string, by: number, settled: boolean): void;
  pin(id: string, index: number, time: number, settled: boolean): void;
  scrub(frame: number): void;
  openMenu(event: MouseEvent, track: string): void;
}

type Drag = (time: number, settled: boolean) => void;

/** A row of the list, empty until it comes near to what the list shows. */
interface Row {
  element: HTMLElement;
  fill: (() => void) | null;
}

/** Height of a row in the style sheet. */
const ROW_PX = 22;
/** Rows around the first visible one that are filled. The list shows five, and a fast wheel skips a few. */
const ROWS_NEAR = 24;

export class Timeline {
  readonly element = element("div", "tora-timeline");
  private readonly list = element("ul", "tora-list");
  private rows: Row[] = [];
  private readonly ruler = element("div", "lane ruler");
  private readonly head = element("div", "playhead");
  private readonly now = element("span", "now");
  private frames = 2;
  private drag: Drag | null = null;

  constructor(private readonly actions: TimelineActions) {
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", t("Tracks"));
    const top = element("div", "top");
    const label = element("div", "head");
    label.append(this.now);
    this.ruler.title = t("frames");
    top.append(label, this.ruler);
    this.element.append(top, this.list, this.head);
    this.list.addEventListener("scroll", () => this.fillRows(this.list.scrollTop));
    this.ruler.addEventListener("pointerdown", (event) => this.press(event, this.ruler, (time) => this.scrub(time)));
    this.element.addEventListener("pointermove", (event) => this.move(event, false));
    this.element.addEventListener("pointerup", (event) => this.move(event, true));
    this.element.addEventListener("pointercancel", (event) => this.move(event, true));
  }

  render(tracks: readonly Track[], selected: Track | null, frames: number, frame: number): void {
    this.frames = frames;
    this.renderRuler();
    const { scrollTop } = this.list;
    this.rows = tracks.map((track) => this.makeRow(track, track.id === selected?.id));
    this.fillRows(scrollTop);
    this.list.replaceChildren(...this.rows.map((row) => row.element));
    this.showFrame(frame);
  }

  /** Fills the rows near to what the list shows, and both ends, where the Tab key enters the list. */
  private fillRows(scrollTop: number): void {
    const first = Math.floor(scrollTop / ROW_PX);
    this.rows.forEach((row, index) => {
      if (!row.fill || (index > 0 && index < this.rows.length - 1 && Math.abs(index - first) > ROWS_NEAR)) return;
      row.fill();
      row.fill = null;
    });
  }

  /** Moves the scrub head. */
  showFrame(frame: number): void {
    this.head.style.setProperty("--time", String(timeOf(frame, this.frames)));
    this.now.textContent = `${t("frame")} ${Math.round(frame)} / ${this.frames - 1}`;
  }

  private renderRuler(): void {
    const step = [1, 2, 4, 8, 12, 16, 24, 32, 48, 96, 128, 256].find((each) => (this.frames - 1) / each <= 8) ?? 256;
    const marks: HTMLElement[] = [];
    for (let frame = 0; frame < this.frames; frame += step) {
      const mark = element("span", "mark");
      mark.style.left = `${timeOf(frame, this.frames) * 100}%`;
      mark.textContent = String(frame);
      marks.push(mark);
    }
    this.ruler.replaceChildren(...marks);
  }

  private makeRow(track: Track, isSelected: boolean): Row {
    const row = element("li");
    row.dataset.track = track.id;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(isSelected));
    row.setAttribute("aria-label", track.name);
    return { element: row, fill: () => this.fillRow(row, track, isSelected) };
  }

  private fillRow(row: HTMLElement, track: Track, isSelected: boolean): void {
    const { actions } = this;
    row.addEventListener("contextmenu", (event) => {
      event.preventDefault();
      event.stopPropagation();
      actions.openMenu(event, track.id);
    });
    const head = element("div", "head");
    head.addEventListener("click", (event) => event.target === head && actions.select(track.id));
    const change = (next: Partial<Track>): void => actions.change(track.id, next);
    const color = element("input");
    Object.assign(color, { type: "color", value: track.color, title: t("Colour") });
    color.addEventListener("change", () => change({ color: color.value }));
    const name = element("input", "name");
    Object.assign(name, { value: track.name, title: t("{}: {} points", track.name, track.points.length) });
    name.addEventListener("focus", () => !isSelected && actions.select(track.id));
    name.addEventListener("change", () => change({ name: name.value || track.name }));
    head.append(
      color, name,
      button(icon(track.visible ? "shown" : "hidden"), t(track.visible ? "Hide" : "Show"), () => change({ visible: !track.visible })),
      button(icon(track.locked ? "locked" : "unlocked"), t(track.locked ? "Unlock" : "Lock"), () => change({ locked: !track.locked })),
    );
    row.append(head, this.makeLane(track, isSelected));
  }

  private makeLane(track: Track, isSelected: boolean): HTMLElement {
    const lane = element("div", "lane");
    const [start, end] = span(track);
    const add = (name: string, from: number, to: number | null, title: string, drag: Drag | null): HTMLElement => {
      const made = element("div", name);
      made.style.left = `${from * 100}%`;
      if (to !== null) made.style.width = `${(to - from) * 100}%`;
      if (title) made.title = title;
      if (drag) made.addEventListener("pointerdown", (event) => this.grab(event, lane, track, drag));
      lane.append(made);
      return made;
    };
    const edge = (name: Edge): Drag => (time, settled) => this.actions.setEdge(track.id, name, time, settled);
    const at = (time: number): number => frameOf(time, this.frames);
    add("seen", track.shown_from, track.shown_to, "", null);
    const bar = add("bar", start, end, `${t("moves")}: ${at(start)} – ${at(end)}`, null);
    bar.style.background = track.color;
    bar.addEventListener("pointerdown", (event) => {
      const from = this.timeAt(event, lane);
      this.grab(event, lane, track, (time, settled) => this.actions.shift(track.id, time - from, settled));
    });
    if (isSelected && !track.locked) {
      add("edge seen-edge", track.shown_from, null, t("First frame in which the track is visible"), edge("from"));
      add("edge seen-edge", track.shown_to, null, t("Last frame in which the track is visible"), edge("to"));
      add("edge", start, null, t("Frame in which the track starts to move"), edge("start"));
      add("edge", end, null, t("Frame in which the track stops moving"), edge("end"));
    }
    track.points.forEach((point, index) => {
      if (point[2] === undefined) return;
      const drag: Drag = (time, settled) => this.actions.pin(track.id, index, time, settled);
      const pin = add("pin", point[2], null, `${t("pin")} ${index + 1}: ${t("frame")} ${at(point[2])}`, drag);
      pin.dataset.index = String(index);
    });
    lane.addEventListener("pointerdown", (event) => this.press(event, lane, (time) => this.scrub(time)));
    return lane;
  }

  private scrub(time: number): void {
    this.actions.scrub(frameOf(time, this.frames));
  }

  private grab(event: PointerEvent, lane: HTMLElement, track: Track, drag: Drag): void {
    if (event.button !== 0) return;
    this.actions.select(track.id);
    if (!track.locked) this.press(event, lane, drag);
  }

  private press(event: PointerEvent, lane: HTMLElement, drag: Drag): void {
    if (event.button !== 0) return;
    event.stopPropagation();
    this.element.setPointerCapture(event.pointerId);
    this.drag = drag;
    if (lane === this.ruler || (event.target as Element).classList.contains("lane")) drag(this.timeAt(event, lane), false);
  }

  private move(event: PointerEvent, settled: boolean): void {
    const { drag } = this;
    if (!drag) return;
    event.stopPropagation();
    if (settled) this.drag = null;
    drag(this.timeAt(event, this.ruler), settled);
  }

  /** The time under the pointer, on a whole frame. All lanes stand under each other. */
  private timeAt(event: PointerEvent, lane: HTMLElement): number {
    const rect = lane.getBoundingClientRect();
    const time = Math.min(1, Math.max(0, (event.clientX - rect.left) / rect.width));
    return timeOf(frameOf(time, this.frames), this.frames);
  }
}
