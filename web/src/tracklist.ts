/** The list of tracks: one row per track, with its name, its colour and its buttons. */

import { button, element } from "./elements";
import { icon, type IconName } from "./icons";
import type { Track } from "./model";

export interface TrackListActions {
  select(id: string): void;
  change(id: string, change: Partial<Track>): void;
  duplicate(id: string): void;
  /** Moves a track up (-1) or down (1) in the list. */
  move(id: string, by: number): void;
  remove(id: string): void;
}

export class TrackList {
  readonly element = element("ul", "tora-list");

  constructor(private readonly actions: TrackListActions) {
    this.element.setAttribute("role", "listbox");
    this.element.setAttribute("aria-label", "Tracks");
  }

  render(tracks: readonly Track[], selected: Track | null): void {
    this.element.replaceChildren(...tracks.map((track) => this.row(track, track.id === selected?.id)));
  }

  private row(track: Track, isSelected: boolean): HTMLElement {
    const { actions } = this;
    const row = element("li");
    row.dataset.track = track.id;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(isSelected));
    row.addEventListener("click", (event) => event.target === row && actions.select(track.id));
    const change = (next: Partial<Track>): void => actions.change(track.id, next);
    const color = element("input");
    Object.assign(color, { type: "color", value: track.color, title: "Colour" });
    color.addEventListener("change", () => change({ color: color.value }));
    const name = element("input", "name");
    Object.assign(name, { value: track.name, title: `${track.name}: ${track.points.length} points` });
    name.addEventListener("focus", () => !isSelected && actions.select(track.id));
    name.addEventListener("change", () => change({ name: name.value || track.name }));
    row.append(
      color,
      name,
      small(track.visible ? "shown" : "hidden", track.visible ? "Hide" : "Show", () => change({ visible: !track.visible })),
      small(track.locked ? "locked" : "unlocked", track.locked ? "Unlock" : "Lock", () => change({ locked: !track.locked })),
    );
    if (isSelected) row.append(this.moreButtons(track.id));
    return row;
  }

  private moreButtons(id: string): HTMLElement {
    const more = element("span", "more");
    more.append(
      small("duplicate", "Duplicate", () => this.actions.duplicate(id)),
      small("up", "Move up", () => this.actions.move(id, -1)),
      small("down", "Move down", () => this.actions.move(id, 1)),
      small("remove", "Delete", () => this.actions.remove(id)),
    );
    return more;
  }
}

const small = (name: IconName, title: string, run: () => void): HTMLButtonElement => button(icon(name), title, run);
