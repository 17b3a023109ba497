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
