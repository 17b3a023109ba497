/** What the toolbar, the timeline and the settings change in the drawing. */

import { clamp } from "./geometry";
import type { Drawing, VideoSize } from "./model";
import type { Session } from "./session";
import type { SettingsActions } from "./settings";
import * as state from "./state";
import type { Edge, TimelineActions } from "./timeline";
import { timeOf } from "./timing";
import type { ToolbarActions } from "./toolbar";
import { t } from "./words";

type TrackActions = "addTrack" | "choosePreset" | "toggleSnap" | "toggleColours" | "reverse" | "smooth" | "toggleClosed" | "duplicate" | "remove";

/** What the toolbar changes in the session. */
export function trackActions(session: Session, say: (text: string) => void): Pick<ToolbarActions, TrackActions> {
  return {
    choosePreset: (name) => {
      session.preset = name;
      say(t("Drag on the picture from the middle outwards, or click."));
    },
    toggleSnap: () => session.toggleSnap(),
    toggleColours: () => session.toggleColours(),
    addTrack: () => session.addTrack(),
    reverse: () => session.editSelected((drawing, { id }) => state.reverseTrack(drawing, id)),
    smooth: () => session.editSelected((drawing, { id }) => state.smoothTrack(drawing, id)),
    toggleClosed: () => session.editSelected((drawing, { id, closed }) => state.setTrack(drawing, id, { closed: !closed })),
    duplicate: () => session.selected && session.duplicateTrack(session.selected.id),
    remove: () => session.selected && session.removeTrack(session.selected.id),
  };
}

/** The timeline's edits. `render` shows the panels during a drag. */
export function timelineEdits(
  session: Session, size: () => VideoSize, render: () => void,
): Pick<TimelineActions, "select" | "change" | "setEdge" | "shift" | "pin"> {
  /** The drawing from before the drag. Each step starts from it. */
  let before: Drawing | null = null;
  const drag = (change: (drawing: Drawing) => Drawing, settled: boolean): void => {
    before ??= session.drawing;
    session.edit(change(before), settled ? "pointer" : "no");
    if (settled) before = null;
    else render();
  };
  return {
    select: (id) => id !== session.selected?.id && session.select(id),
    change: (id, change) => session.changeTrack(id, change),
    setEdge: (id, edge, time, settled) => drag((drawing) => setEdge(drawing, id, edge, time), settled),
    shift: (id, by, settled) => drag((drawing) => state.shiftTime(drawing, id, by), settled),
    pin: (track, index, time, settled) =>
      drag((drawing) => state.pinPoint(drawing, { track, index }, time, timeOf(1, size().frames)), settled),
  };
}

export function settingsActions(session: Session, size: () => VideoSize, say: (text: string) => void): SettingsActions {
  const point = (): state.PointRef | null => (session.chosen.length === 1 ? session.chosen[0]! : null);
  return {
    setKind: (kind) => {
      session.kind = kind;
      session.editSelected((drawing, { id }) => state.setTrack(drawing, id, { kind }));
      if (kind === "static" && !session.selected?.radius) say(t("A static track has no effect in Tora. It does not hold an object in place."));
    },
    change: (change, settled) => {
      const track = session.selected;
      if (track) session.edit(state.setTrack(session.drawing, track.id, change), settled ? "other" : "no");
    },
    setEdge: (edge, frame) =>
      session.editSelected((drawing, { id }) => setEdge(drawing, id, edge, timeOf(frame, size().frames))),
    movePoint: (axis, px) => {
      const ref = point();
      const at = ref && session.selected?.points[ref.index];
      if (!ref || !at) return;
      const { width, height } = size();
      const by = px / (axis === 0 ? width : height) - at[axis];
      session.edit(state.movePoints(session.drawing, [ref], axis === 0 ? by : 0, axis === 1 ? by : 0), "other");
    },
    setRadius: (px) => {
      const { width, height } = size();
      session.editSelected((drawing, { id }) => state.setTrack(drawing, id, { radius: clamp(px / Math.min(width, height)) }));
    },
    pinPoint: (frame) => {
      const ref = point();
      const { frames } = size();
      const time = frame === null ? null : timeOf(frame, frames);
      if (ref) session.edit(state.pinPoint(session.drawing, ref, time, timeOf(1, frames)), "other");
    },
  };
}

function setEdge(drawing: Drawing, id: string, edge: Edge, time: number): Drawing {
  return edge === "start" || edge === "end" ? state.setTiming(drawing, id, edge, time) : state.setShown(drawing, id, edge, time);
}
