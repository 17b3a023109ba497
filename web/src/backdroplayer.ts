/** The layer of the stage behind the tracks: a picture, or the frame of a clip at the scrub head. */

import { Clip } from "./clip";
import { setAttributes, svg } from "./elements";
import type { VideoSize } from "./model";
import type { Backdrop } from "./results";

export class BackdropLayer {
  readonly element = svg("image", { class: "picture", "pointer-events": "none" });
  private clip: Clip | null = null;

  /** `fail` is called for a clip that this browser cannot show. */
  constructor(private readonly fail: () => void) {}

  resize({ width, height }: VideoSize, opacity: number): void {
    setAttributes(this.element, { width: String(width), height: String(height), opacity: String(opacity) });
  }

  /** Shows a backdrop for a video of so many frames. */
  show(backdrop: Backdrop | null, frames: number): void {
    const fit = backdrop?.whole ? "meet" : "slice";
    setAttributes(this.element, { visibility: backdrop ? "visible" : "hidden", preserveAspectRatio: `xMidYMid ${fit}` });
    if (!backdrop || backdrop.kind === "picture" || (backdrop.kind === "animation" && !("ImageDecoder" in globalThis))) {
      this.forget();
      if (backdrop) this.setAddress(backdrop.url);
      return;
    }
    if (this.clip?.url !== backdrop.url) {
      this.forget();
      this.clip = new Clip(backdrop.url, backdrop.kind, (address) => this.setAddress(address), this.fail);
    }
    this.clip.seek((backdrop.time * (frames - 1) + 0.5) / frames); // the middle of the frame
  }

  dispose(): void {
    this.forget();
  }

  private forget(): void {
    this.clip?.stop();
    this.clip = null;
  }

  private setAddress(address: string): void {
    if (this.element.getAttribute("href") !== address) this.element.setAttribute("href", address);
  }
}
