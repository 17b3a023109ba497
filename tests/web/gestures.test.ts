import { beforeEach, describe, expect, it, vi } from "vitest";
import { svg } from "../../web/src/elements";
import { Gestures } from "../../web/src/gestures";
import { listenToKeys } from "../../web/src/keys";
import type { Drawing, Point, Track } from "../../web/src/model";
import { Session, type Settled } from "../../web/src/session";
import type { PointRef } from "../../web/src/state";

const SIZE = { width: 100, height: 100, frames: 9 };

let session: Session;
let element: SVGElement;
let edited: Settled[];
let readOnly: boolean;
const openMenu = vi.fn();
const pan = vi.fn();

beforeEach(() => {
  [element, edited, readOnly] = [svg("svg", {}), [], false];
  element.setPointerCapture = () => {};
  session = new Session({ size: () => SIZE, edited: (settled) => edited.push(settled), refresh: () => {}, say: () => {} });
  const surface = {
    element,
    place: (event: MouseEvent): Point => [event.clientX / 100, event.clientY / 100],
    pan,
    showBox: vi.fn(),
    hideBox: vi.fn(),
  };
  const host = {
    size: () => SIZE,
    readOnly: () => readOnly,
    drawing: () => session.drawing,
    selected: () => session.selected,
    chosen: () => session.chosen,
    kind: () => session.kind,
    takePreset: () => session.takePreset(),
    select: (id: string | null) => session.select(id),
    choose: (refs: readonly PointRef[]) => session.choose(refs),
    edit: (drawing: Drawing, settled: Settled) => session.edit(drawing, settled),
    say: vi.fn(),
    copyTrack: vi.fn(),
    unit: () => 1,
    snap: (place: Point): Point => place,
    zoomAt: vi.fn(),
    openMenu,
  };
  const { signal } = new AbortController();
  new Gestures(surface, host, signal);
  listenToKeys(element, { ...host }, signal);
});

function pointer(type: string, [x, y]: Point, on: Element = element, more: object = {}): void {
  on.dispatchEvent(new PointerEvent(type, { clientX: 100 * x, clientY: 100 * y, button: 0, bubbles: true, ...more }));
}

function drag(from: Point, to: Point, on?: Element, more?: object): void {
  pointer("pointerdown", from, on, more);
  pointer("pointermove", to);
  pointer("pointerup", to);
}

/** The circle of a point, as the stage draws it. */
function handle(track: string, index: number): Element {
  const group = svg("g", { "data-track": track });
  const circle = svg("circle", { "data-index": String(index) });
  group.append(circle);
  element.append(group);
  return circle;
}

const track = (): Track => session.drawing.tracks[0]!;

describe("a pointer", () => {
  it("adds points to a new track, and each click is one finished edit", () => {
    drag([0.2, 0.2], [0.2, 0.2]);
    drag([0.6, 0.4], [0.7, 0.5]);
    expect(track().points).toEqual([[0.2, 0.2], [0.7, 0.5]]);
    expect(edited.filter((settled) => settled === "pointer")).toHaveLength(2);
  });

  it("moves a point, and puts it back where the drag is cancelled", () => {
    drag([0.2, 0.2], [0.2, 0.2]);
    drag([0.2, 0.2], [0.3, 0.4], handle("t1", 0));
    expect(track().points).toEqual([[0.3, 0.4]]);
    pointer("pointerdown", [0.3, 0.4], handle("t1", 0));
    pointer("pointermove", [0.9, 0.9]);
    pointer("pointercancel", [0.9, 0.9]);
    expect(track().points).toEqual([[0.3, 0.4]]);
  });

  it.each([["wave", "spline", false], ["circle", "spline", true], ["pause", "linear", false]])(
    "places a %s with its kind of line and its timing",
    (name, kind, closed) => {
      session.preset = name;
      drag([0.5, 0.5], [0.6, 0.5]);
      expect(track()).toMatchObject({ kind, closed, speed: "points" });
      const x = track().points.map((point) => point[0]);
      expect(Math.max(...x) - Math.min(...x)).toBeCloseTo(0.2);
      expect(session.chosen).toHaveLength(track().points.length);
      expect(session.preset).toBeNull();
    },
  );

  it("draws freehand on an empty track, and makes a smooth curve of few points", () => {
    pointer("pointerdown", [0.1, 0.5]);
    for (let x = 0.15; x < 0.9; x += 0.05) pointer("pointermove", [x, 0.5]);
    pointer("pointerup", [0.9, 0.5]);
    expect(track().kind).toBe("spline");
    expect(track().points).toHaveLength(2);
  });

  it("chooses points in a box with Shift, and opens a menu with the right button", () => {
    for (const x of [0.2, 0.4, 0.8]) drag([x, 0.5], [x, 0.5]);
    drag([0.1, 0.1], [0.5, 0.9], element, { shiftKey: true });
    expect(session.chosen.map(({ index }) => index)).toEqual([0, 1]);
    pointer("contextmenu", [0.4, 0.5], handle("t1", 1), { button: 2 });
    expect(openMenu).toHaveBeenLastCalledWith(expect.anything(), [0.4, 0.5], "t1", { track: "t1", index: 1 });
    expect(track().points).toHaveLength(3);
  });

  it("moves a whole track by its line, and inserts a point with a click on it", () => {
    for (const x of [0.2, 0.6]) drag([x, 0.5], [x, 0.5]);
    const line = handle("t1", 0).parentElement!;
    drag([0.4, 0.5], [0.5, 0.7], line);
    expect(track().points).toEqual([[0.3, 0.7], [0.7, 0.7]]);
    drag([0.5, 0.7], [0.5, 0.7], line);
    expect(track().points).toEqual([[0.3, 0.7], [0.5, 0.7], [0.7, 0.7]]);
  });

  it("turns a point around its neighbour in steps of 15 degrees with Shift", () => {
    for (const x of [0.2, 0.6]) drag([x, 0.5], [x, 0.5]);
    pointer("pointerdown", [0.6, 0.5], handle("t1", 1));
    pointer("pointermove", [0.6, 0.53], element, { shiftKey: true });
    pointer("pointerup", [0.6, 0.53]);
    expect(track().points[1]![1]).toBeCloseTo(0.5);
  });

  it("moves the view with Alt, and draws nothing", () => {
    pointer("pointerdown", [0.2, 0.2], element, { altKey: true });
    pointer("pointermove", [0.3, 0.25]);
    pointer("pointerup", [0.3, 0.25]);
    pointer("pointermove", [0.9, 0.9]);
    expect(pan.mock.calls).toEqual([[10, 5]]);
    expect(session.drawing.tracks).toHaveLength(0);
  });

  it("changes nothing in a read-only graph", () => {
    readOnly = true;
    drag([0.2, 0.2], [0.2, 0.2]);
    expect(session.drawing.tracks).toHaveLength(0);
  });
});

describe("a key", () => {
  it("moves and removes the chosen point", () => {
    drag([0.2, 0.2], [0.2, 0.2]);
    element.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", shiftKey: true }));
    expect(track().points).toEqual([[0.3, 0.2]]);
    element.dispatchEvent(new KeyboardEvent("keydown", { key: "Delete" }));
    expect(session.drawing.tracks).toHaveLength(0);
  });

  it("is left to the page where it means nothing", () => {
    const event = new KeyboardEvent("keydown", { key: "Escape", cancelable: true });
    element.dispatchEvent(event);
    expect(event.defaultPrevented).toBe(false);
  });
});
