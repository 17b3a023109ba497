/** Chooses what lies behind the tracks: the node's own picture or video, or a result of the graph. */

import type { Host } from "./adapter";
import type { Menu } from "./menu";
import type { Drawing } from "./model";
import type { Backdrop } from "./results";
import { timeOf } from "./timing";
import { t } from "./words";

const OPACITY = "tora_opacity";
const DEFAULT_OPACITY = 0.8;
/** Width and height of a video are multiples of this. */
const STEP_PX = 16;
/** Part of a picture's shape that may be lost without a word. */
const TOLERANCE = 0.05;
/** Number of the node whose result lies behind the tracks. */
const RESULT = "tora_result";

export class Behind {
  /** Address of the last picture whose shape was compared with the video's. */
  private compared = "";

  constructor(
    private readonly host: Host,
    private readonly drawing: () => Drawing,
    private readonly changed: () => void,
    private readonly say: (text: string) => void,
  ) {}

  /** What lies behind the tracks in a frame. */
  at(frame: number): Backdrop | null {
    return this.host.background(this.drawing().bg, this.result, timeOf(frame, this.host.size().frames));
  }

  get opacity(): number {
    return this.host.property(OPACITY, DEFAULT_OPACITY);
  }

  set opacity(value: number) {
    this.host.setProperty(OPACITY, value);
    this.changed();
  }

  /** The node whose result is shown. Null if there is none, for example after the page was loaded again. */
  get result(): string | null {
    const chosen = this.host.property<string | null>(RESULT, null);
    return chosen !== null && this.host.results().some(({ node }) => node === chosen) ? chosen : null;
  }

  /** Says once for each picture that it is cropped. */
  async compareShape(): Promise<void> {
    const url = this.own?.url ?? "";
    if (url === this.compared) return;
    this.compared = url;
    const shape = await shapeOf(url);
    const { width, height } = this.host.size();
    if (!shape || url !== this.own?.url || Math.abs(Math.log((shape * height) / width)) < TOLERANCE) return;
    this.say(t("The picture is cropped to {}x{}. Right click: Use the picture's shape.", width, height));
  }

  /** Gives the video the shape of the picture, with about as many pixels as before. */
  async takeShape(): Promise<void> {
    const shape = this.own && (await shapeOf(this.own.url));
    if (!shape) return;
    const { width, height } = this.host.size();
    const area = width * height;
    const whole = (side: number): number => Math.max(STEP_PX, Math.round(side / STEP_PX) * STEP_PX);
    this.host.setSize(whole(Math.sqrt(area * shape)), whole(Math.sqrt(area / shape)));
    this.say("");
    this.changed();
  }

  /** The picture or video of the node itself, which a run crops to the video's size. */
  get own(): Backdrop | null {
    return this.host.background(this.drawing().bg, null, 0);
  }

  /** Shows the only result, or hides it. Several results are offered in a menu under the button. */
  choose(menu: Menu, button: HTMLElement): void {
    const results = this.host.results();
    const { result } = this;
    if (results.length === 0) return this.say(t("Run the graph first. Then its result can lie behind the tracks."));
    if (results.length === 1) return this.show(result ? null : results[0]!.node);
    const { left, bottom } = button.getBoundingClientRect();
    const mark = (isShown: boolean): string => (isShown ? "✓ " : "");
    menu.open(left, bottom, [
      ...results.map(({ node, title }) => ({ label: mark(node === result) + title, run: () => this.show(node) })),
      null,
      { label: mark(result === null) + t("Picture of this node"), run: () => this.show(null) },
    ]);
  }

  private show(node: string | null): void {
    this.host.setProperty(RESULT, node);
    this.changed();
  }
}

/** Width by height of a picture, or null if the browser cannot read it. */
async function shapeOf(url: string): Promise<number | null> {
  if (!url) return null;
  const picture = Object.assign(new Image(), { src: url });
  await picture.decode().catch(() => {});
  return picture.naturalWidth ? picture.naturalWidth / picture.naturalHeight : null;
}
