/** What comes into the editor and goes out of it: pasted and dropped text, pictures, and the clipboard. */

import { exportDrawing, exportTrack, type Export } from "./exports";
import { importTracks } from "./imports";
import type { Background, Drawing, Track, VideoSize } from "./model";
import { t } from "./words";

/** What the exchange reads and changes. */
export interface ExchangeHost {
  size(): VideoSize;
  drawing(): Drawing;
  selected(): Track | null;
  addTracks(tracks: readonly Track[]): void;
  setBackground(background: Background): void;
  upload(file: File): Promise<Background>;
  say(text: string, error?: boolean): void;
}

export class Exchange {
  constructor(private readonly host: ExchangeHost) {}

  /** Takes what is pasted into an element or dropped on it. */
  listen(element: HTMLElement, signal: AbortSignal): void {
    element.addEventListener("paste", (event) => this.onPaste(event), { signal });
    element.addEventListener("dragover", (event) => event.preventDefault(), { signal });
    element.addEventListener("drop", (event) => this.onDrop(event), { signal });
  }

  /** Copies the selected track to the clipboard. */
  copyTrack(): void {
    const track = this.host.selected();
    if (track) this.attempt(() => this.toClipboard(exportTrack(track), t("Copied {}. Paste it into any editor.", track.name)));
  }

  /** Copies all visible tracks to the clipboard. */
  exportTracks(form: Export): void {
    const text = exportDrawing(this.host.drawing(), form, this.host.size().frames);
    this.attempt(() => this.toClipboard(text, t("Copied the visible tracks as {}.", t(form))));
  }

  importText(text: string): void {
    this.attempt(() => {
      const { tracks, notes } = importTracks(text, this.host.size(), this.host.drawing().tracks);
      this.host.addTracks(tracks);
      this.host.say([t(tracks.length === 1 ? "Imported 1 track." : "Imported {} tracks.", tracks.length), ...notes].join(" "));
    });
  }

  /** Asks for a text to import, and offers the clipboard's. */
  askForText(): void {
    this.attempt(async () => {
      const text = await navigator.clipboard.readText().catch(() => "");
      const given = window.prompt(t("Coordinates in any known form"), text.slice(0, 100_000));
      if (given) this.importText(given);
    });
  }

  /** Stores a picture on the server and shows it behind the tracks. */
  setPicture(file: File): void {
    this.attempt(async () => this.host.setBackground(await this.host.upload(file)));
  }

  askForPicture(): void {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", accept: "image/*" });
    input.addEventListener("change", () => input.files?.[0] && this.setPicture(input.files[0]));
    input.click();
  }

  /** Runs an action. Its error is shown to the user. */
  private attempt(run: () => void | Promise<void>): void {
    const fail = (error: unknown): void => this.host.say(error instanceof Error ? error.message : String(error), true);
    try {
      Promise.resolve(run()).catch(fail);
    } catch (error) {
      fail(error);
    }
  }

  private async toClipboard(text: string, done: string): Promise<void> {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      this.host.say(done);
    } else {
      window.prompt(t("The browser allows no clipboard on a page without https. Copy the text here:"), text);
    }
  }

  private onPaste(event: ClipboardEvent): void {
    if (event.target instanceof HTMLInputElement) return;
    const picture = [...(event.clipboardData?.files ?? [])].find((file) => file.type.startsWith("image/"));
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!picture && text === "") return;
    event.preventDefault();
    event.stopPropagation();
    if (picture) this.setPicture(picture);
    else this.importText(text);
  }

  private onDrop(event: DragEvent): void {
    const file = event.dataTransfer?.files[0];
    if (!file) return;
    event.preventDefault();
    event.stopPropagation();
    if (file.type.startsWith("image/")) this.setPicture(file);
    else this.attempt(async () => this.importText(await file.text()));
  }
}
