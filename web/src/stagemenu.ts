/** What the right click offers: on a point, on a line, on the empty stage, and on a row of the timeline. */

import { timeAtPoint } from "./geometry";
import type { MenuItem, MenuItems } from "./menu";
import type { Drawing, Point, Track, VideoSize } from "./model";
import { PRESET_NAMES, type PresetName } from "./presets";
import * as state from "./state";
import { frameOf, timeOf } from "./timing";
import { t } from "./words";

/** Frames for which "Rest here" rests. */
const REST_FRAMES = 8;

export interface MenuHost {
  size(): VideoSize;
  drawing(): Drawing;
  /** Frame of the scrub head. */
  frame(): number;
  /** `keep`: the chosen points stay chosen. */
  edit(drawing: Drawing, keep?: boolean): void;
  select(id: string | null): void;
  insertOnLine(track: Track, at: Point): void;
  placePreset(name: PresetName, at: Point): void;
  paste(): void;
  fit(): void;
  /** Gives the video the shape of its picture. Null without a picture. */
  takeShape: (() => void) | null;
}

/** The items for a place on the stage. */
export function stageItems(host: MenuHost, at: Point, id: string | null, point: state.PointRef | null): MenuItems {
  const track = host.drawing().tracks.find((each) => each.id === id) ?? null;
  const items: (MenuItem | null)[] = [];
  if (track && point && !track.locked) items.push(...pointItems(host, track, point), null);
  else if (track && !track.locked) items.push({ label: t("Insert point here"), run: () => host.insertOnLine(track, at) }, null);
  else items.push(...emptyItems(host, at), null);
  if (track) items.push(...trackItems(host, track), null);
  items.push({ label: t("Presets"), items: PRESET_NAMES.map((name) => ({ label: t(name), run: () => host.placePreset(name, at) })) });
  items.push({ label: t("Paste"), run: () => host.paste() }, { label: t("Fit"), run: () => host.fit() });
  if (host.takeShape) items.push({ label: t("Use the picture's shape"), run: host.takeShape });
  return items;
}

/** The items for a whole track. */
export function trackItems(host: MenuHost, { id, closed }: Track): MenuItem[] {
  const change = (run: (drawing: Drawing) => Drawing) => (): void => host.edit(run(host.drawing()));
  return [
    { label: t("Reverse"), run: change((drawing) => state.reverseTrack(drawing, id)) },
    { label: t("Smooth"), run: change((drawing) => state.smoothTrack(drawing, id)) },
    { label: t(closed ? "Open the line" : "Close the line"), run: change((drawing) => state.setTrack(drawing, id, { closed: !closed })) },
    { label: t("Duplicate track"), run: change((drawing) => state.duplicateTrack(drawing, id)[0]) },
    { label: t("Delete track"), run: change((drawing) => state.removeTrack(drawing, id)) },
  ];
}

function pointItems(host: MenuHost, track: Track, ref: state.PointRef): MenuItem[] {
  const { width, height, frames } = host.size();
  const gap = timeOf(1, frames);
  const pin = track.points[ref.index]?.[2];
  const edit = (drawing: Drawing, keep = false): void => host.edit(drawing, keep);
  const now = frameOf(timeAtPoint(track, ref.index, width, height), frames);
  // A point between the ends cannot be there in the first or the last frame: a part of the path would be lost.
  const fits = (at: number): boolean => (ref.index === 0 || at > 0) && (ref.index === track.points.length - 1 || at < frames - 1);
  const frame = fits(host.frame()) ? host.frame() : now;
  const pinTo = (at: number): MenuItem => ({
    label: `${t("Pin to frame")} ${at}${at === now ? t(", as now") : ""}`,
    run: () => edit(state.pinPoint(host.drawing(), ref, timeOf(at, frames), gap), true),
  });
  const items: MenuItem[] = [frame, ...(frame === now ? [] : [now])].map(pinTo);
  if (pin !== undefined) items.push({ label: t("Remove the pin"), run: () => edit(state.pinPoint(host.drawing(), ref, null, gap), true) });
  const from = pin === undefined ? frame : frameOf(pin, frames);
  const to = Math.min(frames - 1, from + REST_FRAMES);
  items.push({
    label: `${t("Rest here")}: ${from} – ${to}`,
    run: () => edit(state.holdPoint(host.drawing(), ref, timeOf(from, frames), timeOf(to, frames), gap)),
  });
  if (ref.index > 0 && ref.index < track.points.length - 1) {
    items.push({
      label: t("Split here"),
      run: () => {
        const [drawing, part] = state.splitTrack(host.drawing(), track.id, ref.index);
        edit(drawing);
        host.select(part);
      },
    });
  }
  items.push({ label: t("Delete point"), run: () => edit(state.removePoints(host.drawing(), [ref])) });
  return items;
}

function emptyItems(host: MenuHost, at: Point): MenuItem[] {
  return [
    {
      label: t("New track here"),
      run: () => {
        const [drawing, id] = state.addTrack(host.drawing(), [at]);
        host.edit(drawing);
        host.select(id);
      },
    },
  ];
}
