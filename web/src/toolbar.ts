/** The upper row of buttons: actions on the drawing and on the editor itself. */

import { button, element, menu, slider } from "./elements";
import { EXPORTS, type Export } from "./exports";
import { icon } from "./icons";
import type { Track } from "./model";
import { PRESET_NAMES, type PresetName } from "./presets";

export interface ToolbarActions {
  addTrack(): void;
  /** Lets the next click on the stage place this preset. */
  choosePreset(name: PresetName): void;
  reverse(): void;
  smooth(): void;
  toggleClosed(): void;
  togglePlay(): void;
  askForText(): void;
  exportTracks(form: Export): void;
  copyTrack(): void;
  askForPicture(): void;
  setOpacity(value: number): void;
  expand(): void;
  help(): void;
}

export const HELP =
  "Click: add a point. Drag: move a point. Click on the line: insert a point. Shift: choose several points, or draw a box. " +
  "Right click or Delete: remove. Arrow keys: move by 1 pixel (with Shift: 10). Ctrl+V: paste tracks or a picture.";

export class Toolbar {
  readonly element = element("div", "tora-bar");
  private readonly play: HTMLButtonElement;
  /** Buttons that change the selected track. */
  private readonly changes: HTMLButtonElement[];

  constructor(actions: ToolbarActions, opacity: number) {
    const add = button("+ track", "Start a new track", () => actions.addTrack());
    const preset = menu("Add a preset", "preset…", PRESET_NAMES, (name) => actions.choosePreset(name as PresetName));
    this.changes = [
      button("reverse", "Reverse the track", () => actions.reverse()),
      button("smooth", "Smooth the track", () => actions.smooth()),
      button("close", "Join the last point to the first, or open the track again", () => actions.toggleClosed()),
    ];
    this.play = button(icon("play"), "Play: a dot moves along every track", () => actions.togglePlay());
    const opacitySlider = slider("Opacity of the picture", (value) => actions.setOpacity(value), "input");
    opacitySlider.value = String(opacity);
    const expand = button(icon("expand"), "Expand, or come back", () => actions.expand());
    this.element.append(
      add,
      preset,
      ...this.changes,
      this.play,
      button("import", "Import coordinates in any known form", () => actions.askForText()),
      menu("Copy all tracks", "export…", EXPORTS, (form) => actions.exportTracks(form as Export)),
      button("copy", "Copy the track for another editor", () => actions.copyTrack()),
      button("picture", "Choose a picture to draw on", () => actions.askForPicture()),
      opacitySlider,
      expand,
      button(icon("help"), HELP, () => actions.help()),
    );
    // A narrow node shows only these. The expanded view shows them all.
    const narrow = new Set<Element>([add, preset, this.play, expand]);
    for (const each of this.element.children) each.classList.toggle("wide", !narrow.has(each));
  }

  render(selected: Track | null, playing: boolean): void {
    for (const each of this.changes) each.disabled = !selected || selected.locked;
    this.play.replaceChildren(icon(playing ? "stop" : "play"));
  }
}
