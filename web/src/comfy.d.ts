/** The part of ComfyUI's client that the editor uses. The client publishes no usable types. */

declare module "*/scripts/app.js" {
  export const app: ComfyApp;
}
declare module "*/scripts/api.js" {
  export const api: {
    apiURL(path: string): string;
    fetchApi(path: string, options?: RequestInit): Promise<Response>;
    addEventListener(name: string, listener: (event: CustomEvent) => void): void;
    removeEventListener(name: string, listener: (event: CustomEvent) => void): void;
  };
}

interface ComfyApp {
  canvas?: ComfyCanvas;
  graph?: ComfyGraph;
  /** The graph around all subgraphs. Older clients have only `graph`. */
  rootGraph?: ComfyGraph;
  extensionManager?: {
    workflow?: { activeWorkflow?: { changeTracker?: ComfyChangeTracker } };
    setting?: { get?(name: string): unknown };
  };
  registerExtension(extension: ComfyExtension): void;
}

interface ComfyCanvas {
  read_only?: boolean;
  /** The graph that the page shows: the workflow or an opened subgraph. */
  graph?: ComfyGraph | null;
  /** Whether the canvas handles a press at present. */
  pointer?: { isDown?: boolean };
  processMouseWheel?(event: WheelEvent): void;
  processMouseDown?(event: PointerEvent): void;
  processMouseMove?(event: PointerEvent): void;
  processMouseUp?(event: PointerEvent): void;
  processKey?(event: KeyboardEvent): void;
}

interface ComfyChangeTracker {
  captureCanvasState?(): void;
  checkState?(): void;
  undoQueue?: unknown[];
  undo?(): Promise<void>;
  redo?(): Promise<void>;
}

interface ComfyLink {
  origin_id: number | string;
  origin_slot: number;
}

interface ComfyGraph {
  id?: string;
  nodes?: ComfyNode[];
  getNodeById?(id: number | string): ComfyNode | null;
  /** Inputs of a subgraph. */
  inputs?: { name: string }[];
  links?: Map<number, ComfyLink> | Record<number, ComfyLink>;
  rootGraph?: ComfyGraph;
}

interface ComfyNodeDef {
  name: string;
  input?: Record<string, Record<string, [unknown, { tooltip?: string }?]>>;
}

interface ComfyExtension {
  name: string;
  setup?(): void;
  beforeRegisterNodeDef?(type: unknown, definition: ComfyNodeDef): void;
  nodeCreated?(node: ComfyNode): void;
  getCustomWidgets?(): Record<string, (node: ComfyNode, name: string, data: unknown) => { widget: unknown }>;
}

interface ComfyNode {
  id?: number | string;
  comfyClass?: string;
  type?: string;
  title?: string;
  graph?: ComfyGraph | null;
  subgraph?: ComfyGraph;
  size?: [number, number];
  setSize?(size: [number, number]): void;
  inputs?: { name: string; link: number | null }[];
  widgets?: { name: string; value: unknown; callback?: (value: unknown) => void }[];
  properties: Record<string, unknown>;
  getInputNode(slot: number): (ComfyNode & { imgs?: { src: string }[] }) | null;
  addDOMWidget(name: string, type: string, element: HTMLElement, options: Record<string, unknown>): unknown;
  onExecuted?: (output: Record<string, unknown> | null) => void;
  onRemoved?: () => void;
  onConnectionsChange?: (...args: unknown[]) => void;
}
