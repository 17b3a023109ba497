/** The lower row: the selected track's kind of line and its timing. */

import { element, labelled, select, slider } from "./elements";
import { EASES, KINDS, SPEEDS, type Ease, type Kind, type Speed, type Track } from "./model";

export interface TrackSettingsActions {
  /** Sets the kind of the selected track and of the next new track. */
  setKind(kind: Kind): void;
  change(change: Partial<Track>): void;
  setTiming(edge: "start" | "end", value: number): void;
}

export class TrackSettings {
  readonly element = element("div", "tora-bar");
  private readonly kind: HTMLSelectElement;
  private readonly tension: HTMLInputElement;
  private readonly ease: HTMLSelectElement;
  private readonly speed: HTMLSelectElement;
  private readonly start: HTMLInputElement;
  private readonly end: HTMLInputElement;
  private readonly times = element("span");

  constructor(actions: TrackSettingsActions) {
    this.kind = select("Kind of line", KINDS, (kind) => actions.setKind(kind as Kind));
    this.tension = slider("Tension of the curve: round to straight", (tension) => actions.change({ tension }));
    this.ease = select("Ease", EASES, (ease) => actions.change({ ease: ease as Ease }));
    this.speed = select("Speed: constant, or slower where points are close", SPEEDS, (speed) =>
      actions.change({ speed: speed as Speed }),
    );
    this.start = slider("When the track starts to move", (value) => actions.setTiming("start", value));
    this.end = slider("When the track stops moving", (value) => actions.setTiming("end", value));
    this.element.append(
      this.kind, labelled("tension", this.tension, "wide"), this.ease, this.speed,
      labelled("start", this.start), labelled("end", this.end), this.times,
    );
  }

  /** Shows a track. Without one it shows the kind of the next new track. */
  render(selected: Track | null, nextKind: Kind, frames: number): void {
    for (const each of [this.tension, this.ease, this.speed, this.start, this.end]) each.disabled = !selected;
    const { kind, tension, ease, speed, start, end } = selected ?? {
      kind: nextKind, tension: 0, ease: "linear", speed: "constant", start: 0, end: 1,
    };
    this.kind.value = kind;
    this.tension.value = String(tension);
    this.ease.value = ease;
    this.speed.value = speed;
    this.start.value = String(start);
    this.end.value = String(end);
    // The text is always there, so that the stage does not jump when the first track is drawn.
    this.times.textContent = `frames ${Math.round(start * (frames - 1))}–${Math.round(end * (frames - 1))}`;
  }
}
