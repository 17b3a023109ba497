/** The part of ComfyUI's client that the editor uses. The client publishes no usable types. */

declare module "*/scripts/app.js" {
  export const app: ComfyApp;
}
declare module "*/scripts/api.js" {
  export const api: {
    apiURL(path: string): string;
    fetchApi(path: string, options?: RequestInit): Promise<Response>;
    addEventListener(name: string, listener: (event: CustomEvent) => void): void;
  };
}

interface ComfyApp {
  canvas?: {
    read_only?: boolean;
    processMouseWheel?(event: WheelEvent): void;
    processMouseDown?(event: PointerEvent): void;
    processMouseMove?(event: PointerEvent): void;
    processMouseUp?(event: PointerEvent): void;
  };
  extensionManager?: {
    workflow?: { activeWorkflow?: { changeTracker?: { captureCanvasState?(): void; checkState?(): void } } };
  };
  registerExtension(extension: ComfyExtension): void;
}

interface ComfyExtension {
  name: string;
  getCustomWidgets?(): Record<string, (node: ComfyNode, name: string, data: unknown) => { widget: unknown }>;
}

interface ComfyNode {
  inputs?: { name: string; link: number | null }[];
  widgets?: { name: string; value: unknown }[];
  properties: Record<string, unknown>;
  getInputNode(slot: number): (ComfyNode & { imgs?: { src: string }[] }) | null;
  addDOMWidget(name: string, type: string, element: HTMLElement, options: Record<string, unknown>): unknown;
  onExecuted?: (output: Record<string, unknown>) => void;
  onRemoved?: () => void;
  onConnectionsChange?: (...args: unknown[]) => void;
}
