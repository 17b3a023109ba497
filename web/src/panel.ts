/** Toolbar, track list and track settings: buttons that call state functions. */

import { icon, type IconName } from "./icons";
import { KINDS, EASES, SPEEDS, type Ease, type Kind, type Speed, type Track } from "./model";
import { EXPORTS, type Export } from "./formats";
import { PRESET_NAMES, type PresetName } from "./presets";
import * as state from "./state";
import type { Editor } from "./view";

const HELP =
  "Click: add a point. Drag: move. Click on the line: insert. Shift: choose several, or draw a box. Right click or Delete: " +
  "remove. Arrows: nudge (Shift: ten). Ctrl+V: paste tracks or a picture.";
export const DEFAULT_OPACITY = 0.8;
const PLAY = "Play: a dot moves along every track";

export class Panel {
  readonly tools = element("div", "tora-bar");
  readonly list = document.createElement("ul");
  readonly settings = element("div", "tora-bar");
  readonly note = element("div", "tora-note");
  private readonly needTrack: HTMLButtonElement[] = [];
  private readonly playButton: HTMLButtonElement;
  private readonly kind: HTMLSelectElement;
  private readonly tension: HTMLInputElement;
  private readonly ease: HTMLSelectElement;
  private readonly speed: HTMLSelectElement;
  private readonly start: HTMLInputElement;
  private readonly end: HTMLInputElement;
  private readonly times = element("span", "");

  constructor(private readonly editor: Editor) {
    this.list.className = "tora-list";
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Tracks");
    this.note.setAttribute("role", "status");
    const preset = select("Add a preset", ["preset…", ...PRESET_NAMES], (name) => {
      preset.selectedIndex = 0;
      editor.preset = name as PresetName;
      editor.say(`Drag on the picture from the middle of the ${name} outwards; a click places it at its usual size.`);
    });
    const copyAs = select("Copy all tracks", ["export…", ...EXPORTS], (form) => {
      copyAs.selectedIndex = 0;
      editor.exportAll(form as Export);
    });
    const opacity = range("How strongly the picture shows", (value) => editor.host.setProperty("tora_opacity", value));
    opacity.value = String(editor.host.property("tora_opacity", DEFAULT_OPACITY));
    opacity.addEventListener("input", () => {
      editor.host.setProperty("tora_opacity", Number(opacity.value));
      editor.select(editor.selected?.id ?? null);
    });
    this.playButton = button(icon("play"), PLAY, () => {
      editor.playing = !editor.playing;
      editor.select(editor.selected?.id ?? null);
    });
    this.tools.append(
      button("+ track", "Start a new track", () => this.add([])),
      preset,
      this.forTrack("reverse", "Walk the track the other way", (track) => state.reverseTrack(editor.drawing, track.id)),
      this.forTrack("smooth", "Take the tremble out of the track", (track) => state.smoothTrack(editor.drawing, track.id)),
      this.forTrack("close", "Come back to the first point, or not", (track) =>
        state.setTrack(editor.drawing, track.id, { closed: !track.closed }),
      ),
      this.playButton,
      button("import", "Paste coordinates of any kind", () => this.askImport()),
      copyAs,
      button("copy", "Copy the track for another editor", () => editor.copyTrack()),
      button("picture", "Choose a picture to draw on", () => this.askPicture()),
      opacity,
      button(icon("expand"), "Expand, or come back", () => editor.expand()),
      button(icon("help"), HELP, () => editor.say(HELP)),
    );
    // In a narrow node the rest is found in the expanded view.
    const narrow = new Set(["Start a new track", "Add a preset", "Expand, or come back", PLAY]);
    for (const each of this.tools.children) each.classList.toggle("wide", !narrow.has(each.getAttribute("aria-label") ?? ""));
    const set = (change: (track: Track) => Partial<Track>): void => {
      const track = editor.selected;
      if (track) editor.edit(state.setTrack(editor.drawing, track.id, change(track)), "other");
    };
    this.kind = select("Kind of line", KINDS, (kind) => {
      editor.kind = kind as Kind;
      set(() => ({ kind: kind as Kind }));
      if (kind === "static") editor.say("Tora writes no flow for a point that stays: it cannot hold anything still.");
    });
    this.tension = range("Tension of the curve: round to straight", (value) => set(() => ({ tension: value })));
    this.ease = select("Ease", EASES, (ease) => set(() => ({ ease: ease as Ease })));
    this.speed = select("Speed: constant, or slow where points are close", SPEEDS, (speed) => set(() => ({ speed: speed as Speed })));
    const timing = (edge: "start" | "end") => (value: number) => {
      const track = editor.selected;
      if (track) editor.edit(state.setTiming(editor.drawing, track.id, edge, value), "other");
    };
    this.start = range("When the track starts to move", timing("start"));
    this.end = range("When the track comes to rest", timing("end"));
    this.settings.append(
      this.kind, labelled("tension", this.tension, "wide"), this.ease, this.speed,
      labelled("start", this.start), labelled("end", this.end), this.times,
    );
  }

  say(text: string, error: boolean): void {
    this.note.textContent = text;
    this.note.title = text;
    this.note.classList.toggle("error", error);
  }

  render(): void {
    const { drawing, selected } = this.editor;
    this.list.replaceChildren(...drawing.tracks.map((track) => this.row(track)));
    for (const each of this.needTrack) each.disabled = !selected || selected.locked;
    this.playButton.replaceChildren(icon(this.editor.playing ? "stop" : "play"));
    this.kind.value = selected?.kind ?? this.editor.kind;
    for (const each of [this.tension, this.ease, this.speed, this.start, this.end]) each.disabled = !selected;
    this.tension.value = String(selected?.tension ?? 0);
    this.ease.value = selected?.ease ?? "linear";
    this.speed.value = selected?.speed ?? "constant";
    this.start.value = String(selected?.start ?? 0);
    this.end.value = String(selected?.end ?? 1);
    const last = this.editor.host.size().frames - 1;
    // Always there, so that the stage does not jump when the first track is drawn.
    this.times.textContent = `frames ${Math.round((selected?.start ?? 0) * last)}–${Math.round((selected?.end ?? 1) * last)}`;
  }

  private add(points: [number, number][]): void {
    const [drawing, id] = state.addTrack(this.editor.drawing, points, points.length ? "spline" : this.editor.kind);
    this.editor.edit(drawing, "other");
    if (id) this.editor.select(id);
  }

  private row(track: Track): HTMLElement {
    const { editor } = this;
    const row = document.createElement("li");
    row.dataset.track = track.id;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(track.id === editor.selected?.id));
    row.addEventListener("click", (event) => event.target === row && editor.select(track.id));
    const change = (next: Partial<Track>): void => editor.edit(state.setTrack(editor.drawing, track.id, next), "other");
    const color = document.createElement("input");
    Object.assign(color, { type: "color", value: track.color, title: "Colour" });
    color.addEventListener("change", () => change({ color: color.value }));
    const name = document.createElement("input");
    Object.assign(name, { className: "name", value: track.name, title: `${track.name}: ${track.points.length} points` });
    name.addEventListener("focus", () => track.id !== editor.selected?.id && editor.select(track.id));
    name.addEventListener("change", () => change({ name: name.value || track.name }));
    const small = (name: IconName, title: string, run: () => void): HTMLButtonElement => button(icon(name), title, run);
    row.append(
      color,
      name,
      small(track.visible ? "shown" : "hidden", track.visible ? "Hide" : "Show", () => change({ visible: !track.visible })),
      small(track.locked ? "locked" : "unlocked", track.locked ? "Unlock" : "Lock", () => change({ locked: !track.locked })),
    );
    if (track.id === editor.selected?.id) {
      const more = element("span", "more");
      more.append(
        small("duplicate", "Duplicate", () => {
          const [drawing, id] = state.duplicateTrack(editor.drawing, track.id);
          editor.edit(drawing, "other");
          if (id) editor.select(id);
        }),
        small("up", "Move up", () => editor.edit(state.reorderTrack(editor.drawing, track.id, -1), "other")),
        small("down", "Move down", () => editor.edit(state.reorderTrack(editor.drawing, track.id, 1), "other")),
        small("remove", "Delete", () => {
          editor.edit(state.removeTrack(editor.drawing, track.id), "other");
          editor.select(editor.drawing.tracks.at(-1)?.id ?? null);
        }),
      );
      row.append(more);
    }
    return row;
  }

  private forTrack(text: string, title: string, run: (track: Track) => ReturnType<typeof state.reverseTrack>): HTMLButtonElement {
    const made = button(text, title, () => {
      const track = this.editor.selected;
      if (track) this.editor.edit(run(track), "other");
    });
    this.needTrack.push(made);
    return made;
  }

  private askImport(): void {
    this.editor.attempt(async () => {
      const text = await navigator.clipboard.readText().catch(() => "");
      const given = window.prompt("Coordinates: Tora text, KJNodes, [[x, y], ...] or TRACKS JSON", text.slice(0, 100_000));
      if (given) this.editor.importText(given);
    });
  }

  private askPicture(): void {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept: "image/*" });
    input.addEventListener("change", () => input.files?.[0] && this.editor.setBackground(input.files[0]));
    input.click();
  }
}

function element(tag: string, className: string): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

function button(face: string | SVGElement, title: string, run: () => void): HTMLButtonElement {
  const made = document.createElement("button");
  Object.assign(made, { type: "button", title });
  made.append(face);
  made.setAttribute("aria-label", title);
  made.addEventListener("click", run);
  return made;
}

function select(title: string, words: readonly string[], run: (word: string) => void): HTMLSelectElement {
  const made = document.createElement("select");
  made.title = title;
  made.setAttribute("aria-label", title);
  made.append(...words.map((word) => Object.assign(document.createElement("option"), { value: word, textContent: word })));
  made.addEventListener("change", () => run(made.value));
  return made;
}

function range(title: string, run: (value: number) => void): HTMLInputElement {
  const made = document.createElement("input");
  Object.assign(made, { type: "range", min: "0", max: "1", step: "0.01", title });
  made.setAttribute("aria-label", title);
  made.addEventListener("change", () => run(Number(made.value)));
  return made;
}

function labelled(text: string, input: HTMLElement, className = ""): HTMLLabelElement {
  const made = document.createElement("label");
  made.className = className;
  made.append(text, input);
  return made;
}
