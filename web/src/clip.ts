/** Single frames of a video file or an animated picture, as pictures for the stage. */

import { element } from "./elements";
import type { BackdropKind } from "./results";

/** Gives the frame at a place of the clip, 0..1. */
type Reader = (part: number) => Promise<{ frame: CanvasImageSource; width: number; height: number }>;

const QUALITY = 0.9;

export class Clip {
  private readonly canvas = element("canvas");
  private readonly reader: Promise<Reader>;
  /** The place that is asked for, until its frame is shown. */
  private wanted: number | null = null;
  private asked: number | null = null;
  private busy = false;
  private stopped = false;

  /** `show` gets the address of each frame that was asked for, `fail` what went wrong. */
  constructor(
    readonly url: string,
    kind: BackdropKind,
    private readonly show: (address: string) => void,
    private readonly fail: (error: unknown) => void,
  ) {
    this.reader = kind === "video" ? openVideo(url) : openAnimation(url);
    this.reader.catch(fail);
  }

  /** Asks for a frame. Only the newest wish is fulfilled. */
  seek(part: number): void {
    if (part === this.asked) return;
    this.asked = part;
    this.wanted = part;
    if (!this.busy) this.read().catch(this.fail);
  }

  stop(): void {
    this.stopped = true;
  }

  private async read(): Promise<void> {
    this.busy = true;
    try {
      const reader = await this.reader;
      while (this.wanted !== null && !this.stopped) {
        const part = this.wanted;
        this.wanted = null;
        const { frame, width, height } = await reader(part);
        Object.assign(this.canvas, { width, height });
        this.canvas.getContext("2d")?.drawImage(frame, 0, 0);
        (frame as { close?: () => void }).close?.(); // frees the memory of a decoded frame
        if (!this.stopped) this.show(this.canvas.toDataURL("image/jpeg", QUALITY));
      }
    } finally {
      this.busy = false;
    }
  }
}

async function openVideo(url: string): Promise<Reader> {
  const video = element("video");
  Object.assign(video, { muted: true, preload: "auto", src: url });
  await heard(video, "loadeddata");
  return async (part) => {
    const arrived = heard(video, "seeked");
    video.currentTime = part * video.duration;
    await arrived;
    return { frame: video, width: video.videoWidth, height: video.videoHeight };
  };
}

async function openAnimation(url: string): Promise<Reader> {
  const answer = await fetch(url);
  const decoder = new ImageDecoder({ data: await answer.arrayBuffer(), type: answer.headers.get("content-type") ?? "image/webp" });
  await Promise.all([decoder.completed, decoder.tracks.ready]);
  const count = decoder.tracks.selectedTrack?.frameCount ?? 1;
  return async (part) => {
    const { image } = await decoder.decode({ frameIndex: Math.min(count - 1, Math.floor(part * count)) });
    return { frame: image, width: image.displayWidth, height: image.displayHeight };
  };
}

function heard(video: HTMLVideoElement, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    video.addEventListener(name, () => resolve(), { once: true });
    video.addEventListener("error", () => reject(new Error(video.error?.message)), { once: true });
  });
}
