/** The layer of the stage that shows the colours which the model will see at the scrub head. */

import { setAttributes, svg } from "./elements";
import { colourFlow, makeFlow, type Flow } from "./flow";
import type { Track, VideoSize } from "./model";

/** About the most pixels of the reduced picture. */
const PIXELS = 20_000;

export class FlowLayer {
  readonly element = svg("image", { class: "flow", preserveAspectRatio: "none", "pointer-events": "none", visibility: "hidden" });
  private readonly canvas = document.createElement("canvas");
  private flow: Flow | null = null;
  private made: { tracks: readonly Track[]; size: string } | null = null;

  hide(): void {
    setAttributes(this.element, { visibility: "hidden" });
  }

  /** Shows the colours of a frame. The motion is computed again only for other tracks or another size. */
  show(tracks: readonly Track[], size: VideoSize, frame: number): void {
    const key = `${size.width} ${size.height} ${size.frames}`;
    if (!this.flow || this.made?.tracks !== tracks || this.made.size !== key) {
      this.flow = makeFlow(tracks, size);
      this.made = { tracks, size: key };
    }
    const step = Math.max(1, Math.round(Math.sqrt((size.width * size.height) / PIXELS)));
    const { width, height, rgba } = colourFlow(this.flow, frame, step);
    Object.assign(this.canvas, { width, height });
    this.canvas.getContext("2d")?.putImageData(new ImageData(rgba, width, height), 0, 0);
    setAttributes(this.element, {
      visibility: "visible",
      width: String(width * step),
      height: String(height * step),
      href: this.canvas.toDataURL(),
    });
  }
}
