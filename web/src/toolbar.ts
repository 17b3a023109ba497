/** The upper rows of buttons, in three groups: draw, track, file. */

import { button, element, menu, slider } from "./elements";
import { EXPORTS, type Export } from "./exports";
import { icon } from "./icons";
import type { Track } from "./model";
import { PRESET_NAMES, type PresetName } from "./presets";
import { t } from "./words";

export interface ToolbarActions {
  addTrack(): void;
  /** Lets the next click on the stage place this preset. */
  choosePreset(name: PresetName): void;
  toggleSnap(): void;
  toggleColours(): void;
  reverse(): void;
  smooth(): void;
  toggleClosed(): void;
  duplicate(): void;
  remove(): void;
  togglePlay(): void;
  askForText(): void;
  exportTracks(form: Export): void;
  copyTrack(): void;
  askForPicture(): void;
  setOpacity(value: number): void;
  /** Chooses a result of the graph to lie behind the tracks. */
  chooseResult(button: HTMLElement): void;
  expand(): void;
  help(): void;
}

/** Which buttons are pressed. */
export interface Pressed {
  playing: boolean;
  snapping: boolean;
  colours: boolean;
  /** Whether a result of the graph lies behind the tracks. */
  result: boolean;
  help: boolean;
}

export class Toolbar {
  readonly element = element("div", "tora-bar");
  private readonly play: HTMLButtonElement;
  private readonly snap: HTMLButtonElement;
  private readonly colours: HTMLButtonElement;
  private readonly close: HTMLButtonElement;
  private readonly result: HTMLButtonElement;
  private readonly help: HTMLButtonElement;
  /** Buttons that change the selected track. */
  private readonly changes: HTMLButtonElement[];

  constructor(actions: ToolbarActions, opacity: number) {
    this.snap = button(t("snap"), t("Snap points to a grid of 16 pixels"), () => actions.toggleSnap());
    this.colours = button(t("colours"), t("Show the colours that the model will see in this frame"), () => actions.toggleColours());
    this.close = button(t("close"), t("Join the last point to the first, or open the track again"), () => actions.toggleClosed());
    this.result = button(t("result"), t("Put the last result of the graph behind the tracks"), () => actions.chooseResult(this.result));
    this.help = button(icon("help"), t("How to use the editor"), () => actions.help());
    this.changes = [
      button(t("reverse"), t("Reverse the track"), () => actions.reverse()),
      button(t("smooth"), t("Smooth the track"), () => actions.smooth()),
      this.close,
      button(icon("duplicate"), t("Duplicate the track"), () => actions.duplicate()),
      button(icon("remove"), t("Delete the track"), () => actions.remove()),
    ];
    this.play = button(icon("play"), t("Play: a dot moves along every track"), () => actions.togglePlay());
    const opacitySlider = slider(t("Opacity of the picture"), (value) => actions.setOpacity(value));
    opacitySlider.value = String(opacity);
    const group = (name: string, ...children: HTMLElement[]): HTMLElement => {
      const made = element("div", `group ${name}`);
      made.setAttribute("role", "group");
      made.setAttribute("aria-label", t(name));
      made.append(...children);
      return made;
    };
    this.element.append(
      group(
        "draw",
        this.play,
        button(`+ ${t("new track")}`, t("Start a new track"), () => actions.addTrack()),
        menu(t("Add a preset"), t("preset…"), PRESET_NAMES, (name) => actions.choosePreset(name)),
        this.snap,
      ),
      group("track", ...this.changes),
      group(
        "file",
        button(t("import"), t("Import coordinates in any known form"), () => actions.askForText()),
        menu(t("Copy all tracks"), t("export…"), EXPORTS, (form) => actions.exportTracks(form as Export)),
        button(t("copy"), t("Copy the track for another editor"), () => actions.copyTrack()),
        button(t("picture"), t("Choose a picture to draw on"), () => actions.askForPicture()),
        this.result,
        opacitySlider,
      ),
      group(
        "view",
        this.colours,
        button(icon("expand"), t("Expand, or come back"), () => actions.expand()),
        this.help,
      ),
    );
  }

  render(selected: Track | null, { playing, snapping, colours, result, help }: Pressed): void {
    for (const each of this.changes) each.disabled = !selected || selected.locked;
    this.close.textContent = t(selected?.closed ? "open" : "close");
    this.snap.setAttribute("aria-pressed", String(snapping));
    this.colours.setAttribute("aria-pressed", String(colours));
    this.result.setAttribute("aria-pressed", String(result));
    this.help.setAttribute("aria-pressed", String(help));
    this.play.setAttribute("aria-pressed", String(playing));
    this.play.replaceChildren(icon(playing ? "stop" : "play"));
  }
}
