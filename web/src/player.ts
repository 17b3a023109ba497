/** Plays the clip: moves the scrub head, at 8 frames per second. */

const FPS = 8;

export class Player {
  private request = 0;
  private startedAt: number | null = null;

  /** `show` gets the frame, with fractions. */
  constructor(private readonly show: (frame: number) => void) {}

  get playing(): boolean {
    return this.startedAt !== null;
  }

  /** Plays from a frame, over and over. */
  start(frame: number, frames: () => number): void {
    this.startedAt = performance.now() - (frame / FPS) * 1000;
    const step = (now: number): void => {
      if (this.startedAt === null) return;
      this.show((((now - this.startedAt) / 1000) * FPS) % Math.max(1, frames() - 1 + 1e-6));
      this.request = requestAnimationFrame(step);
    };
    this.request = requestAnimationFrame(step);
  }

  stop(): void {
    cancelAnimationFrame(this.request);
    this.startedAt = null;
  }
}
