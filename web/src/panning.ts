/** Gives the wheel and the middle button over the editor to the graph, so that they zoom and pan it as everywhere. */

/** Forwards these events to a canvas. Returns a function that ends it. */
export function forwardPanning(element: HTMLElement, canvas: () => ComfyCanvas | undefined): () => void {
  const stop = new AbortController();
  const { signal } = stop;
  const classic = (): boolean => !(globalThis as { LiteGraph?: { vueNodesMode?: boolean } }).LiteGraph?.vueNodesMode;
  const inDialog = (): boolean => element.closest("dialog") !== null;
  let panning = false;
  const start = (event: PointerEvent): void => {
    panning = true;
    canvas()?.processMouseDown?.(event);
    // The canvas selects the node and takes the focus. Delete would then delete the node.
    const focus = (): void => element.querySelector<SVGElement>(".tora-stage")?.focus({ preventScroll: true });
    window.addEventListener("pointerup", () => setTimeout(focus, 0), { once: true, capture: true, signal });
  };
  // Nodes 2.0 leaves the wheel to a focused element that asks for it. What the stage does not use goes to the graph.
  element.addEventListener(
    "wheel",
    (event) => {
      if (inDialog() || (!classic() && !element.contains(document.activeElement))) return;
      event.preventDefault();
      canvas()?.processMouseWheel?.(event);
    },
    { signal, passive: false },
  );
  element.addEventListener(
    "pointerdown",
    (event) => {
      if (event.button !== 1 || inDialog()) return;
      if (classic()) start(event);
      // Nodes 2.0 gives the middle button to the canvas itself. Its first versions did not.
      else setTimeout(() => canvas()?.pointer?.isDown || start(event), 0);
    },
    { signal },
  );
  element.addEventListener("pointermove", (event) => panning && canvas()?.processMouseMove?.(event), { signal });
  element.addEventListener(
    "pointerup",
    (event) => {
      if (!panning || event.button !== 1) return;
      panning = false;
      canvas()?.processMouseUp?.(event);
    },
    { signal },
  );
  return () => stop.abort();
}
