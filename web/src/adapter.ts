/** All calls into ComfyUI's client. No other file calls it. */

import { api as comfyApi } from "../../../scripts/api.js";
import { app as comfyApp } from "../../../scripts/app.js";
import type { Background, VideoSize } from "./model";

/** ComfyUI's number for the inputs of a subgraph as the origin of a link. */
const SUBGRAPH_INPUT = -10;

const app = comfyApp as ComfyApp;
const api = comfyApi as {
  apiURL(path: string): string;
  fetchApi(path: string, options?: RequestInit): Promise<Response>;
};

/** What the view reads from its node and asks of the client. */
export interface Host {
  /** The video's size from the node's widgets. A linked widget keeps its last value. */
  size(): VideoSize;
  /**
   * Address of the picture behind the drawing: the stored one, else a connected Load Image's, else that of the last run.
   * A video of the last run has a picture for each `time` in 0..1 of the clip.
   */
  background(stored: Background | null, time: number): string | null;
  upload(file: File): Promise<Background>;
  readOnly(): boolean;
  /** Makes an undo step. ComfyUI makes one by itself only after a pointer's release. */
  captureUndo(): void;
  /** Gives a key to the graph. */
  passKey(event: KeyboardEvent): void;
  /** Takes back the last step of the graph, or makes it again. */
  undo(again: boolean): void;
  /** Forwards the wheel and the middle button to the graph. Returns a function that ends it. Nodes 2.0 needs no forwarding. */
  forwardPanning(element: HTMLElement): () => void;
  /** A setting of the view. It is stored with the node and not in the drawing. */
  property<T>(name: string, fallback: T): T;
  setProperty(name: string, value: unknown): void;
}

export function registerExtension(extension: ComfyExtension): void {
  app.registerExtension(extension);
}

export class NodeHost implements Host {
  /** The pictures of the last run, in ComfyUI's temp folder. */
  private executed: Background[] = [];
  /** Pictures of a video that the browser already loads, so that scrubbing does not wait. */
  protected loaded: HTMLImageElement[] = [];

  constructor(private readonly node: ComfyNode) {}

  size(): VideoSize {
    const value = (name: string, fallback: number): number => {
      const own = this.node.widgets?.find((widget) => widget.name === name)?.value;
      const found = Number(promotedValue(this.node, name) ?? own);
      return Number.isFinite(found) && found >= 1 ? found : fallback;
    };
    return { width: value("width", 720), height: value("height", 480), frames: value("frames", 49) };
  }

  background(stored: Background | null, time: number): string | null {
    if (stored) return viewUrl(stored);
    const frame = this.executed[Math.round(time * (this.executed.length - 1))];
    if (frame && this.executed.length > 1) return viewUrl(frame);
    const slot = this.node.inputs?.findIndex((input) => input.name === "image" && input.link !== null) ?? -1;
    const connected = slot >= 0 ? this.node.getInputNode(slot)?.imgs?.[0]?.src : undefined;
    return connected ?? (frame ? viewUrl(frame) : null);
  }

  setExecuted(backgrounds: Background[]): void {
    this.executed = backgrounds;
    this.loaded = backgrounds.slice(1).map((each) => Object.assign(new Image(), { src: viewUrl(each) }));
  }

  async upload(file: File): Promise<Background> {
    const body = new FormData();
    body.append("image", file);
    body.append("subfolder", "tora");
    const answer = await api.fetchApi("/upload/image", { method: "POST", body });
    if (!answer.ok) throw new Error(`The server did not store the picture (HTTP ${answer.status}). Try another file.`);
    const { name, subfolder, type } = (await answer.json()) as { name: string; subfolder: string; type: string };
    return { filename: name, subfolder, type };
  }

  readOnly(): boolean {
    return app.canvas?.read_only === true;
  }

  captureUndo(): void {
    const tracker = app.extensionManager?.workflow?.activeWorkflow?.changeTracker;
    (tracker?.captureCanvasState ?? tracker?.checkState)?.call(tracker);
  }

  passKey(event: KeyboardEvent): void {
    app.canvas?.processKey?.(event);
  }

  undo(again: boolean): void {
    const tracker = app.extensionManager?.workflow?.activeWorkflow?.changeTracker;
    void (again ? tracker?.redo?.() : tracker?.undo?.());
  }

  forwardPanning(element: HTMLElement): () => void {
    const stop = new AbortController();
    const classic = (): boolean => !(globalThis as { LiteGraph?: { vueNodesMode?: boolean } }).LiteGraph?.vueNodesMode;
    const inDialog = (): boolean => element.closest("dialog") !== null;
    const on = <K extends keyof HTMLElementEventMap>(name: K, run: (event: HTMLElementEventMap[K]) => void): void =>
      element.addEventListener(name, (event) => classic() && !inDialog() && run(event), { signal: stop.signal, passive: false });
    // Nodes 2.0 leaves the wheel to a focused element that asks for it. What the stage does not use goes to the graph.
    element.addEventListener(
      "wheel",
      (event) => {
        if (inDialog() || (!classic() && !element.contains(document.activeElement))) return;
        event.preventDefault();
        app.canvas?.processMouseWheel?.(event);
      },
      { signal: stop.signal, passive: false },
    );
    on("pointerdown", (event) => {
      if (event.button !== 1) return;
      app.canvas?.processMouseDown?.(event);
      // The canvas selects the node and takes the focus. Delete would then delete the node.
      const focus = (): void => element.querySelector<SVGElement>(".tora-stage")?.focus({ preventScroll: true });
      window.addEventListener("pointerup", () => setTimeout(focus, 0), { once: true, capture: true, signal: stop.signal });
    });
    on("pointermove", (event) => (event.buttons & 4) === 4 && app.canvas?.processMouseMove?.(event));
    on("pointerup", (event) => event.button === 1 && app.canvas?.processMouseUp?.(event));
    return () => stop.abort();
  }

  property<T>(name: string, fallback: T): T {
    return (this.node.properties[name] as T | undefined) ?? fallback;
  }

  setProperty(name: string, value: unknown): void {
    this.node.properties[name] = value;
  }
}

/** The value of an input that a subgraph offers on its own face. Undefined if the input is not linked to that face. */
function promotedValue(node: ComfyNode, name: string): unknown {
  const graph = node.graph;
  const link = node.inputs?.find((input) => input.name === name)?.link;
  if (!graph?.inputs || link === null || link === undefined) return undefined;
  const found = graph.links instanceof Map ? graph.links.get(link) : graph.links?.[link];
  const slot = Number(found?.origin_id) === SUBGRAPH_INPUT ? graph.inputs[found!.origin_slot]?.name : undefined;
  const outer = slot === undefined ? undefined : findSubgraphNode(graph.rootGraph ?? app.graph, graph);
  return outer?.widgets?.find((widget) => widget.name === slot)?.value;
}

function findSubgraphNode(graph: ComfyGraph | undefined, inner: ComfyGraph): ComfyNode | undefined {
  for (const node of graph?.nodes ?? []) {
    if (node.subgraph === inner) return node;
    const deeper = node.subgraph && findSubgraphNode(node.subgraph, inner);
    if (deeper) return deeper;
  }
  return undefined;
}

/** The language of the client, such as `en` or `zh`. */
export function locale(): string {
  const setting: unknown = app.extensionManager?.setting?.get?.("Comfy.Locale");
  return typeof setting === "string" ? setting : navigator.language;
}

function viewUrl({ filename, subfolder, type }: Background): string {
  return api.apiURL(`/view?${new URLSearchParams({ filename, subfolder, type }).toString()}`);
}
