/** Puts the editor of a rebuilt node where the page still shows one of its forerunners. */

import { isOnCanvas } from "./adapter";
import type { EditorView } from "./view";

interface Made {
  node: WeakRef<ComfyNode>;
  view: WeakRef<EditorView>;
  element: WeakRef<HTMLElement>;
  /** Number of the node's graph, while it lived. */
  graph: string | undefined;
  /** When the node was removed while its expanded view was open. */
  expandedUntil: number | null;
}

/** Undo rebuilds a node within this time. */
const REBUILD_MS = 3000;

/**
 * Undo and subgraphs rebuild a node under the same number. Nodes 2.0 may then keep the element of a node that is no
 * longer in any graph, and show a drawing that is not the node's.
 */
export class Successors {
  private made: Made[] = [];

  add(node: ComfyNode, view: EditorView): void {
    this.made = this.made.filter(({ element }) => element.deref());
    this.made.push({ node: new WeakRef(node), view: new WeakRef(view), element: new WeakRef(view.element), graph: undefined, expandedUntil: null });
  }

  /** Notes that a node was removed while its expanded view was open. Undo then opens it again. */
  remove(view: EditorView): void {
    const entry = this.made.find(({ element }) => element.deref() === view.element);
    if (entry && view.expanded) entry.expandedUntil = performance.now() + REBUILD_MS;
  }

  /** Takes the place of a forerunner of the same number that is on the page, if this node lives and its editor is not. */
  takePlace(node: ComfyNode, view: EditorView): void {
    // A node in a subgraph of another workflow still knows its graph, but has no place on the page.
    if (!isAlive(node) || !isOnCanvas(node)) return;
    const others = this.made.filter((each) => {
      const other = each.node.deref();
      return other && other !== node && String(other.id) === String(node.id) && !isAlive(other);
    });
    const mine = this.made.find(({ element }) => element.deref() === view.element);
    if (mine) mine.graph = node.graph?.id;
    const before = others.findLast(({ graph }) => graph === mine?.graph)?.view.deref();
    if (before) view.session.takeOver(before.session);
    if (!view.element.isConnected) {
      const shown = others.map(({ element }) => element.deref()).find((element) => element?.isConnected);
      if (!shown) return;
      shown.replaceWith(view.element);
      view.refresh();
    }
    const expanded = others.find(({ expandedUntil }) => (expandedUntil ?? 0) > performance.now());
    if (!expanded) return;
    expanded.expandedUntil = null;
    view.expand();
  }
}

/** Whether a node is the one that its graph knows under its number. */
const isAlive = (node: ComfyNode): boolean => node.graph?.getNodeById?.(node.id ?? "") === node;
