/** All calls into ComfyUI's client. No other file calls it. */

import { api } from "../../../scripts/api.js";
import { app as comfyApp } from "../../../scripts/app.js";
import type { Background, VideoSize } from "./model";
import { forwardPanning } from "./panning";
import type { Backdrop, Results } from "./results";

/** ComfyUI's number for the inputs of a subgraph as the origin of a link. */
const SUBGRAPH_INPUT = -10;

const app = comfyApp as ComfyApp;

/** What the view reads from its node and asks of the client. */
export interface Host {
  /** The video's size from the node's widgets. A linked widget keeps its last value. */
  size(): VideoSize;
  /**
   * What lies behind the drawing: the result of the node `result`, else the stored picture, else a connected Load Image's,
   * else that of the last run. A video has a frame for each `time` in 0..1 of the clip.
   */
  background(stored: Background | null, result: string | null, time: number): Backdrop | null;
  /** Changes the video's size. */
  setSize(width: number, height: number): void;
  /** Nodes of the graph that showed pictures or a video, the newest first. */
  results(): { node: string; title: string }[];
  upload(file: File): Promise<Background>;
  readOnly(): boolean;
  /** Makes an undo step. ComfyUI makes one by itself only after a pointer's release. */
  captureUndo(): void;
  /** Gives a key to the graph. */
  passKey(event: KeyboardEvent): void;
  /** Takes back the last step of the graph, or makes it again. */
  undo(again: boolean): void;
  /** Forwards the wheel and the middle button to the graph. Returns a function that ends it. */
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

  constructor(
    private readonly node: ComfyNode,
    private readonly shown: Results,
  ) {}

  size(): VideoSize {
    const value = (name: string, fallback: number): number => {
      const own = this.node.widgets?.find((widget) => widget.name === name)?.value;
      const found = Number(promotedValue(this.node, name) ?? own);
      return Number.isFinite(found) && found >= 1 ? found : fallback;
    };
    return { width: value("width", 720), height: value("height", 480), frames: value("frames", 49) };
  }

  setSize(width: number, height: number): void {
    for (const widget of this.node.widgets ?? []) {
      const value = { width, height }[widget.name];
      if (value === undefined) continue;
      widget.value = value;
      widget.callback?.(value);
    }
  }

  background(stored: Background | null, result: string | null, time: number): Backdrop | null {
    const found = result === null ? undefined : this.shown.get(result);
    if (found) return { url: viewUrl(frameAt(found.files, time)!), kind: found.kind, time, whole: true };
    const frame = frameAt(this.executed, time);
    const own = stored ?? (this.executed.length > 1 ? frame : undefined);
    const url = own ? viewUrl(own) : (this.connectedPicture() ?? (frame && viewUrl(frame)));
    return url === undefined ? null : { url, kind: "picture", time, whole: false };
  }

  results(): { node: string; title: string }[] {
    return this.shown.nodes().flatMap((node) => {
      const found = findNode(node);
      if (!found || found.type !== this.shown.get(node)!.type || this.feeds(found)) return [];
      return [{ node, title: found.title ?? node }];
    });
  }

  /** Whether a node shows what this one gives it, so that the paths are in its picture already. */
  private feeds(other: ComfyNode): boolean {
    return other.inputs?.some((input, slot) => input.link !== null && other.getInputNode(slot) === this.node) ?? false;
  }

  /** The picture of a connected Load Image node. */
  private connectedPicture(): string | undefined {
    const slot = this.node.inputs?.findIndex((input) => input.name === "image" && input.link !== null) ?? -1;
    return slot >= 0 ? this.node.getInputNode(slot)?.imgs?.[0]?.src : undefined;
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
    const steps = tracker?.undoQueue?.length;
    // Some clients hear the key even under a dialog, and answer it in the next animation frame.
    const unlessDone = (): unknown => tracker?.undoQueue?.length === steps && (again ? tracker?.redo?.() : tracker?.undo?.());
    requestAnimationFrame(() => requestAnimationFrame(unlessDone));
  }

  forwardPanning(element: HTMLElement): () => void {
    return forwardPanning(element, () => app.canvas);
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

/** Collects what the nodes of the graph show after each run. */
export function collectResults(results: Results): void {
  api.addEventListener("executed", ({ detail }: CustomEvent<{ node: string; output: unknown }>) => {
    const node = findNode(detail.node);
    if (node) results.add(detail.node, node.type, detail.output);
  });
}

/** Calls `show` with the message when the run of a node fails. Returns a function that ends it. */
export function listenToErrors(node: ComfyNode, show: (message: string) => void): () => void {
  const listener = ({ detail }: CustomEvent<{ node_id: string; exception_message: string }>): void => {
    if (findNode(detail.node_id) === node) show(detail.exception_message.trim());
  };
  api.addEventListener("execution_error", listener);
  return () => api.removeEventListener("execution_error", listener);
}

/** A node by the number under which it runs, as `7`, or `3:7` for node 7 in the subgraph of node 3. */
function findNode(number: string): ComfyNode | null {
  let graph = app.rootGraph ?? app.graph;
  let node: ComfyNode | null = null;
  for (const part of String(number).split(":")) {
    node = graph?.getNodeById?.(Number(part)) ?? null;
    graph = node?.subgraph;
  }
  return node;
}

function frameAt(files: readonly Background[], time: number): Background | undefined {
  return files[Math.round(time * (files.length - 1))];
}

/** Whether a node is in the graph that the page shows. */
export function isOnCanvas(node: ComfyNode): boolean {
  const shown = app.canvas?.graph;
  return shown !== undefined && shown !== null && (shown === node.graph || (shown.id !== undefined && shown.id === node.graph?.id));
}

/** The language of the client, such as `en` or `zh`. */
export function locale(): string {
  const setting: unknown = app.extensionManager?.setting?.get?.("Comfy.Locale");
  return typeof setting === "string" ? setting : navigator.language;
}

function viewUrl({ filename, subfolder, type }: Background): string {
  return api.apiURL(`/view?${new URLSearchParams({ filename, subfolder, type }).toString()}`);
}
