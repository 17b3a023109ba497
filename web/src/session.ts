/** The state of one editor: the drawing, what is selected, and what the next click does. No DOM. */

import { formatValue, parseValue } from "./value";
import { emptyDrawing, type Drawing, type Kind, type Point, type Track, type VideoSize } from "./model";
import { USUAL_RADIUS, placePreset, type PresetName } from "./presets";
import * as state from "./state";
import { t } from "./words";

const GRID_PX = 16;

/** How an edit ends: not yet, with a pointer's release, or otherwise. */
export type Settled = "no" | "pointer" | "other";

/** What the session asks for and reports. */
export interface SessionHost {
  size(): VideoSize;
  /** The drawing changed. */
  edited(settled: Settled): void;
  /** The selection or something else to show changed. */
  refresh(): void;
  say(text: string, error?: boolean): void;
}

export class Session {
  drawing: Drawing = emptyDrawing();
  /** The chosen points of the selected track. */
  chosen: readonly state.PointRef[] = [];
  /** The kind of the next new track. */
  kind: Kind = "spline";
  /** The preset that the next click on the stage places. */
  preset: PresetName | null = null;
  /** Whether points snap to a grid. */
  snapping = false;
  /** Whether the stage shows the colours that the model will see. */
  colours = false;
  /** Frame of the scrub head. */
  frame = 0;
  private selectedId: string | null = null;
  private tookOver = false;
  /** A value that could not be read. It is kept until the user draws, so that nothing is lost. */
  private unread: string | null = null;
  /** The text of the last drawing that was asked for. ComfyUI asks many times for the same one. */
  private written: { drawing: Drawing; text: string } | null = null;

  constructor(private readonly host: SessionHost) {}

  get value(): string {
    if (this.unread !== null) return this.unread;
    if (this.written?.drawing !== this.drawing) this.written = { drawing: this.drawing, text: formatValue(this.drawing) };
    return this.written.text;
  }

  /** Reads a value. A value that is not a drawing is kept as it is. */
  setValue(value: unknown): void {
    const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
    if (text === this.value) return;
    const { drawing, error } = parseValue(text);
    this.drawing = drawing ?? emptyDrawing();
    this.unread = drawing ? null : text;
    this.chosen = [];
    if (!this.selected) this.selectedId = this.drawing.tracks[0]?.id ?? null;
    this.host.say(error ? t("This text holds no drawing ({}). It is kept until you draw or import.", error) : "", error !== null);
    this.host.refresh();
  }

  get selected(): Track | null {
    return this.drawing.tracks.find((track) => track.id === this.selectedId) ?? null;
  }

  select(id: string | null): void {
    this.selectedId = id;
    this.choose([]);
  }

  choose(refs: readonly state.PointRef[]): void {
    this.chosen = refs;
    this.host.refresh();
  }

  /** Replaces the drawing. */
  edit(drawing: Drawing, settled: Settled): void {
    const { width, height } = this.host.size();
    this.drawing = { ...drawing, canvas: [width, height] };
    if (this.unread !== null) {
      this.unread = null;
      this.host.say("");
    }
    this.host.edited(settled);
  }

  /** Changes the selected track, if there is one. */
  editSelected(change: (drawing: Drawing, track: Track) => Drawing): void {
    if (this.selected) this.edit(change(this.drawing, this.selected), "other");
  }

  changeTrack(id: string, change: Partial<Track>): void {
    this.edit(state.setTrack(this.drawing, id, change), "other");
  }

  addTrack(): void {
    this.editAndSelect(state.addTrack(this.drawing, [], { kind: this.kind }));
  }

  duplicateTrack(id: string): void {
    this.editAndSelect(state.duplicateTrack(this.drawing, id));
  }

  /** Removes a track and selects the last one that is left. */
  removeTrack(id: string): void {
    this.edit(state.removeTrack(this.drawing, id), "other");
    this.select(this.drawing.tracks.at(-1)?.id ?? null);
  }

  moveTrack(id: string, by: number): void {
    this.edit(state.reorderTrack(this.drawing, id, by), "other");
  }

  /** Adds tracks and selects the first of them. */
  addTracks(tracks: readonly Track[]): void {
    this.selectedId = tracks[0]?.id ?? this.selectedId;
    this.edit({ ...this.drawing, tracks: [...this.drawing.tracks, ...tracks] }, "other");
  }

  /** Returns the chosen preset, and ends the choice. */
  takePreset(): PresetName | null {
    const waiting = this.preset;
    this.preset = null;
    return waiting;
  }

  /** Adds a preset at its usual size, and selects it. */
  placePreset(name: PresetName, at: Point): void {
    const { width, height } = this.host.size();
    const placed = placePreset(name, at, USUAL_RADIUS, width, height);
    this.editAndSelect(state.addTrack(this.drawing, placed.points, placed));
  }

  /** The nearest place on the grid, if points snap to it. */
  snap([x, y]: Point): Point {
    if (!this.snapping) return [x, y];
    const { width, height } = this.host.size();
    return [(Math.round((x * width) / GRID_PX) * GRID_PX) / width, (Math.round((y * height) / GRID_PX) * GRID_PX) / height];
  }

  /** Shows what another session showed: its frame, its selected track and its tools. Only the first call counts. */
  takeOver(other: Session): void {
    if (this.tookOver) return;
    this.tookOver = true;
    const { frame, snapping, colours, kind } = other;
    Object.assign(this, { frame, snapping, colours, kind });
    if (other.selected && this.drawing.tracks.some(({ id }) => id === other.selectedId)) this.select(other.selectedId);
    this.host.refresh();
  }

  toggleSnap(): void {
    this.snapping = !this.snapping;
    this.host.refresh();
  }

  /** Shows or hides the colours of the motion. The first frame has none, so the scrub head leaves it. */
  toggleColours(): void {
    this.colours = !this.colours;
    if (this.colours && this.frame < 1) this.frame = Math.floor(this.host.size().frames / 2);
    this.host.say(this.colours ? t("What the model will see: hue is the direction, strength is the speed.") : "");
    this.host.refresh();
  }

  private editAndSelect([drawing, id]: [Drawing, string | null]): void {
    this.edit(drawing, "other");
    if (id) this.select(id);
  }
}
