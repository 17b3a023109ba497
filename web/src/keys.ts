/** The keyboard on the stage. */

import type { Drawing, Point, Track, VideoSize } from "./model";
import * as state from "./state";

/** What keys read and change. */
export interface KeyHost {
  size(): VideoSize;
  drawing(): Drawing;
  selected(): Track | null;
  chosen(): readonly state.PointRef[];
  choose(refs: readonly state.PointRef[]): void;
  edit(drawing: Drawing, settled: "other"): void;
  copyTrack(): void;
}

const ARROWS: Record<string, Point> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function listenToKeys(element: SVGElement, host: KeyHost, signal: AbortSignal): void {
  element.addEventListener("keydown", (event) => press(event, host) && event.preventDefault(), { signal });
}

/** In the expanded view Escape always closes it. */
const inDialog = (event: KeyboardEvent): boolean => (event.target as Element).closest("dialog") !== null;

/** Runs what a key means here. False means that the key has no meaning here. */
function press(event: KeyboardEvent, host: KeyHost): boolean {
  const chosen = host.chosen();
  const track = host.selected();
  const arrow = ARROWS[event.key];
  const withControl = event.ctrlKey || event.metaKey;
  if (arrow && chosen.length) {
    const { width, height } = host.size();
    const step = event.shiftKey ? 10 : 1;
    host.edit(state.movePoints(host.drawing(), chosen, (arrow[0] * step) / width, (arrow[1] * step) / height), "other");
  } else if ((event.key === "Delete" || event.key === "Backspace") && chosen.length) {
    host.choose([]);
    host.edit(state.removePoints(host.drawing(), chosen), "other");
  } else if (event.key === "Escape" && chosen.length && !inDialog(event)) {
    host.choose([]);
  } else if (event.key === "a" && withControl && track) {
    host.choose(state.pointsOf(track));
  } else if (event.key === "c" && withControl && track) {
    host.copyTrack();
  } else {
    return false;
  }
  return true;
}
