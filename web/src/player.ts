/** The playing dots: one dot moves along each visible track, at 8 frames per second. */

import { svg } from "./elements";
import { placeOf } from "./geometry";
import type { Track, VideoSize } from "./model";

const FPS = 8;

/** What the dots move along. */
export interface Played {
  tracks: readonly Track[];
  size: VideoSize;
  /** Video pixels per screen pixel. */
  unit: number;
}

export class Player {
  readonly element = svg("g", { "pointer-events": "none" });
  private played: Played | null = null;
  private startedAt: number | null = null;
  private request = 0;

  /** Plays these tracks, or stops with null. Tracks may change during play. */
  show(played: Played | null): void {
    this.played = played;
    if (!played) this.stop();
    else if (this.startedAt === null) {
      this.startedAt = performance.now();
      this.request = requestAnimationFrame(this.step);
    }
  }

  private stop(): void {
    cancelAnimationFrame(this.request);
    this.startedAt = null;
    this.element.replaceChildren();
  }

  private readonly step = (now: number): void => {
    if (!this.played || this.startedAt === null) return;
    if (!this.element.isConnected) return this.stop();
    const { tracks, size, unit } = this.played;
    const { width, height, frames } = size;
    const time = (((now - this.startedAt) / 1000) % (frames / FPS)) / (frames / FPS);
    const r = String(7 * unit);
    const dots = tracks.map((track) => {
      const [x, y] = placeOf(track, width, height)(time);
      return svg("circle", { class: "play", cx: String(x), cy: String(y), r, fill: track.color });
    });
    this.element.replaceChildren(...dots);
    this.request = requestAnimationFrame(this.step);
  };
}
