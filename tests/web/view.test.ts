import { describe, expect, it, vi } from "vitest";
import type { Host } from "../../web/src/adapter";
import { formatValue } from "../../web/src/value";
import { emptyDrawing } from "../../web/src/model";
import { addTrack } from "../../web/src/state";
import { EditorView } from "../../web/src/view";

function host(): Host {
  return {
    size: () => ({ width: 720, height: 480, frames: 9 }),
    background: () => null,
    results: () => [],
    setSize: () => {},
    upload: async () => ({ filename: "a.png", subfolder: "tora", type: "input" }),
    readOnly: () => false,
    captureUndo: vi.fn(),
    undo: vi.fn(),
    passKey: vi.fn(),
    forwardPanning: () => () => {},
    property: (_, fallback) => fallback,
    setProperty: () => {},
  };
}

vi.mock("../../web/src/adapter", () => ({})); // ComfyUI's client is not here
/** The value of a drawing of many tracks. */
const many = (count: number): string =>
  JSON.stringify({ version: 2, canvas: [720, 480], tracks: Array.from({ length: count }, (_, i) => ({ id: `t${i + 1}`, points: [[0.1, 0.1], [0.5, 0.5]] })) });
const nextFrame = (): Promise<unknown> => new Promise(requestAnimationFrame);
const [DRAWN] = addTrack(emptyDrawing(), [[0.2, 0.2], [0.8, 0.8]]);

describe("the editor's element", () => {
  it("keeps a text it cannot read until something is drawn", () => {
    const view = new EditorView(host(), 400);
    view.session.setValue("garbage");
    expect(view.session.value).toBe("garbage");
    expect(view.element.querySelector(".tora-note.error")!.textContent).toContain("no drawing");
    view.session.edit(DRAWN, "pointer");
    expect(JSON.parse(view.session.value).tracks).toHaveLength(1);
  });

  it("reports each finished edit, and makes an undo step where no pointer was used", () => {
    const around = host();
    const view = new EditorView(around, 400);
    view.onChange = vi.fn();
    view.session.edit(DRAWN, "no");
    expect(view.onChange).not.toHaveBeenCalled();
    view.session.edit(DRAWN, "pointer");
    expect(around.captureUndo).not.toHaveBeenCalled();
    view.session.edit(DRAWN, "other");
    expect(view.onChange).toHaveBeenCalledTimes(2);
    expect(around.captureUndo).toHaveBeenCalledTimes(1);
  });

  it("selects a track that is there, whatever was selected before", () => {
    const view = new EditorView(host(), 400);
    view.session.setValue(formatValue(DRAWN));
    expect(view.session.selected?.id).toBe("t1");
    view.session.setValue("");
    expect(view.session.selected).toBeNull();
  });

  it("gives each track an id of its own where ids are missing or the same", () => {
    const view = new EditorView(host(), 400);
    view.session.setValue(JSON.stringify({ version: 2, tracks: [{ id: "t2" }, {}, { id: "t2" }, { id: "hand" }, {}] }));
    expect(view.session.drawing.tracks.map(({ id }) => id)).toEqual(["t2", "t3", "t4", "hand", "t5"]);
  });

  it("writes the value again after each edit", () => {
    const view = new EditorView(host(), 400);
    view.session.edit(DRAWN, "pointer");
    const before = view.session.value;
    expect(view.session.value).toBe(before);
    view.session.changeTrack("t1", { name: "left hand" });
    expect(JSON.parse(view.session.value).tracks[0].name).toBe("left hand");
  });

  it("fills a row of the timeline before the list shows it, and the last one for the Tab key", async () => {
    const view = new EditorView(host(), 400);
    document.body.append(view.element);
    view.session.setValue(many(200));
    await nextFrame();
    const list = view.element.querySelector(".tora-list")!;
    const isFilled = (row: number): boolean => list.querySelector(`[data-track="t${row}"] .lane`) !== null;
    expect(list.children).toHaveLength(200);
    expect([1, 20, 100, 200].map(isFilled)).toEqual([true, true, false, true]);
    expect(list.children[99]!.getAttribute("aria-label")).toBe("Track 100");
    list.scrollTop = 95 * 22;
    list.dispatchEvent(new Event("scroll"));
    expect([95, 105].map(isFilled)).toEqual([true, true]);
    view.element.remove();
    view.dispose();
  });

  it("keeps keys to itself, so that Delete does not delete the node", () => {
    const view = new EditorView(host(), 400);
    const outer = document.createElement("div");
    const heard = vi.fn();
    outer.addEventListener("keydown", heard);
    outer.append(view.element);
    view.element.dispatchEvent(new KeyboardEvent("keydown", { key: "Delete", bubbles: true }));
    expect(heard).not.toHaveBeenCalled();
  });

  it("imports pasted text and shows an error for a text it cannot read", () => {
    const view = new EditorView(host(), 400);
    view.exchange.importText("64,128\n128,64");
    expect(view.session.drawing.tracks).toHaveLength(1);
    view.exchange.importText("hello");
    expect(view.element.querySelector(".tora-note.error")).not.toBeNull();
  });

  it("handles no events after it is disposed", () => {
    const view = new EditorView(host(), 400);
    view.dispose();
    view.element.dispatchEvent(new Event("paste"));
    expect(view.session.drawing.tracks).toHaveLength(0);
  });
});
