/** The editor's element: holds the drawing and what is selected, and keeps stage and panel in step. */

import type { Host } from "./adapter";
import { exportDrawing, exportTrack, formatValue, importTracks, parseValue, type Export } from "./formats";
import { emptyDrawing, type Drawing, type Kind, type Track } from "./model";
import { Panel } from "./panel";
import type { PresetName } from "./presets";
import { Stage } from "./stage";
import * as state from "./state";
import { installStyle } from "./style";

const WATCH_MS = 500;

/** What stage and panel see of the editor, and ask of it. */
export interface Editor {
  readonly host: Host;
  readonly drawing: Drawing;
  readonly selected: Track | null;
  readonly chosen: readonly state.PointRef[];
  /** The kind of the next new track. */
  kind: Kind;
  /** A preset that waits to be placed on the stage. */
  preset: PresetName | null;
  playing: boolean;
  select(id: string | null): void;
  choose(refs: readonly state.PointRef[]): void;
  /** Takes a changed drawing; `settled` ends an edit, and makes an undo step where no pointer made one. */
  edit(drawing: Drawing, settled: "pointer" | "other" | "no"): void;
  say(text: string, error?: boolean): void;
  /** Runs something that may fail with a sentence for the user. */
  attempt(run: () => void | Promise<void>): void;
  copyTrack(): void;
  exportAll(form: Export): void;
  importText(text: string): void;
  setBackground(file: File): void;
  expand(): void;
  refresh(): void;
}

export class EditorView implements Editor {
  readonly element = document.createElement("div");
  onChange: () => void = () => {};
  drawing: Drawing = emptyDrawing();
  chosen: readonly state.PointRef[] = [];
  kind: Kind = "spline";
  preset: PresetName | null = null;
  playing = false;
  private selectedId: string | null = null;
  /** A value that could not be read: kept as it is until the user draws, so that nothing is lost. */
  private unread: string | null = null;
  private readonly stage: Stage;
  private readonly panel: Panel;
  private readonly stop = new AbortController();
  private due: "stage" | "all" | null = null;
  private seen = "";
  private readonly watching = setInterval(() => this.watch(), WATCH_MS);
  private readonly stopPanning: () => void;
  private dialog: HTMLDialogElement | null = null;

  constructor(readonly host: Host, minHeight: number) {
    installStyle();
    this.element.className = "tora-editor";
    this.element.style.minHeight = `${minHeight}px`; // Nodes 2.0 does not ask getMinHeight
    this.stage = new Stage(this);
    this.panel = new Panel(this);
    const body = document.createElement("div");
    body.className = "tora-body";
    body.append(this.stage.element, this.panel.list);
    this.element.append(this.panel.tools, body, this.panel.settings, this.panel.note);
    this.stopPanning = host.forwardPanning(this.element);
    const options = { signal: this.stop.signal };
    this.element.addEventListener("keydown", (event) => event.stopPropagation(), options); // Delete must not delete the node
    this.element.addEventListener("paste", (event) => this.onPaste(event), options);
    this.element.addEventListener("dragover", (event) => event.preventDefault(), options);
    this.element.addEventListener("drop", (event) => this.onDrop(event), options);
    this.refresh();
  }

  get value(): string {
    return this.unread ?? formatValue(this.drawing);
  }

  setValue(value: unknown): void {
    const text = typeof value === "string" ? value : value === undefined || value === null ? "" : JSON.stringify(value);
    if (text === this.value) return;
    const parsed = parseValue(text);
    this.drawing = parsed.drawing ?? emptyDrawing();
    this.unread = parsed.drawing ? null : text;
    this.chosen = [];
    if (!this.drawing.tracks.some((track) => track.id === this.selectedId)) this.selectedId = this.drawing.tracks[0]?.id ?? null;
    this.say(parsed.error ? `This text is no drawing (${parsed.error}). It is kept until you draw or import.` : "", parsed.error !== null);
    this.refresh();
  }

  get selected(): Track | null {
    return this.drawing.tracks.find((track) => track.id === this.selectedId) ?? null;
  }

  select(id: string | null): void {
    this.selectedId = id;
    this.chosen = [];
    this.refresh();
  }

  choose(refs: readonly state.PointRef[]): void {
    this.chosen = refs;
    this.refresh();
  }

  edit(drawing: Drawing, settled: "pointer" | "other" | "no"): void {
    const { width, height } = this.host.size();
    this.drawing = { ...drawing, canvas: [width, height] };
    if (this.unread !== null) {
      this.unread = null;
      this.say("");
    }
    if (settled === "no") {
      this.schedule("stage");
      return;
    }
    this.stage.render(); // at once: the next click may already aim at what is new
    this.refresh();
    this.onChange();
    if (settled === "other") this.host.captureUndo();
  }

  say(text: string, error = false): void {
    this.panel.say(text, error);
  }

  attempt(run: () => void | Promise<void>): void {
    const fail = (error: unknown): void => this.say(error instanceof Error ? error.message : String(error), true);
    try {
      Promise.resolve(run()).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  copyTrack(): void {
    const track = this.selected;
    if (track) this.attempt(() => this.toClipboard(exportTrack(track), `${track.name} is copied: paste it into any editor`));
  }

  exportAll(form: Export): void {
    const text = exportDrawing(this.drawing, form, this.host.size().frames);
    this.attempt(() => this.toClipboard(text, `The visible tracks are copied as ${form}`));
  }

  importText(text: string): void {
    this.attempt(() => {
      const { width, height } = this.host.size();
      const tracks = importTracks(text, [width, height], this.drawing.tracks);
      this.selectedId = tracks[0]?.id ?? this.selectedId;
      this.edit({ ...this.drawing, tracks: [...this.drawing.tracks, ...tracks] }, "other");
      this.say(`${tracks.length} track${tracks.length === 1 ? "" : "s"} imported`);
    });
  }

  setBackground(file: File): void {
    this.attempt(async () => this.edit({ ...this.drawing, bg: await this.host.upload(file) }, "other"));
  }

  /** The same element in a dialog over the page, for fine work; Escape or the button brings it back. */
  expand(): void {
    if (this.dialog) {
      this.dialog.close();
      return;
    }
    const home = document.createComment("tora-editor");
    this.element.replaceWith(home);
    this.dialog = document.createElement("dialog");
    this.dialog.className = "tora-dialog";
    this.dialog.append(this.element);
    document.body.append(this.dialog);
    this.dialog.addEventListener("close", () => {
      home.replaceWith(this.element);
      this.dialog?.remove();
      this.dialog = null;
      this.refresh();
    });
    this.dialog.showModal();
    this.refresh();
  }

  /** Draws anew with the next frame, once, however often it is asked for. */
  refresh(): void {
    this.schedule("all");
  }

  private schedule(what: "stage" | "all"): void {
    const waiting = this.due !== null;
    this.due = this.due === "all" ? "all" : what;
    if (waiting) return;
    requestAnimationFrame(() => {
      const due = this.due;
      this.due = null;
      if (this.stop.signal.aborted) return;
      this.stage.render();
      if (due === "all") this.panel.render();
    });
  }

  /** The node's size and the pictures of nodes before it change without a word: look now and then. */
  private watch(): void {
    const seen = JSON.stringify([this.host.size(), this.host.background(this.drawing.bg)]);
    if (seen !== this.seen) this.refresh();
    this.seen = seen;
  }

  dispose(): void {
    this.stop.abort();
    clearInterval(this.watching);
    this.stopPanning();
    this.stage.dispose();
    this.dialog?.remove();
  }

  private async toClipboard(text: string, done: string): Promise<void> {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      this.say(done);
    } else {
      window.prompt("This page may not copy by itself (it is not served over https): copy the text here", text);
    }
  }

  private onPaste(event: ClipboardEvent): void {
    if (event.target instanceof HTMLInputElement) return;
    const picture = [...(event.clipboardData?.files ?? [])].find((file) => file.type.startsWith("image/"));
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!picture && text === "") return;
    event.preventDefault();
    event.stopPropagation();
    if (picture) this.setBackground(picture);
    else this.importText(text);
  }

  private onDrop(event: DragEvent): void {
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    if (file.type.startsWith("image/")) this.setBackground(file);
    else this.attempt(async () => this.importText(await file.text()));
  }
}
