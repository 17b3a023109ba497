/** Puts the editor of a rebuilt node where the page still shows the old one. */

import type { EditorView } from "./view";

interface Removed {
  element: WeakRef<HTMLElement>;
  expanded: boolean;
  at: number;
}

/** A node that is rebuilt comes back within this time. */
const REBUILD_MS = 3000;

/**
 * Undo rebuilds a node under the same number. Nodes 2.0 may then keep the element of the old node on the page, and
 * show a drawing that is not the node's.
 */
export class Successors {
  private readonly removed = new Map<string, Removed>();

  remember(node: ComfyNode, view: EditorView): void {
    this.removed.set(keyOf(node), { element: new WeakRef(view.element), expanded: view.expanded, at: performance.now() });
  }

  /** Takes the place of the removed editor of the same node, if that is on the page and this one is not. */
  takePlace(node: ComfyNode, view: EditorView): void {
    const key = keyOf(node);
    const before = this.removed.get(key);
    if (!before) return;
    const old = before.element.deref();
    if (!old || old === view.element || performance.now() - before.at > REBUILD_MS) {
      this.removed.delete(key);
    } else if (view.element.isConnected || old.isConnected) {
      if (!view.element.isConnected) old.replaceWith(view.element);
      this.removed.delete(key);
      view.refresh();
      if (before.expanded) view.expand();
    }
  }
}

/** The number alone: a graph that is being rebuilt changes its own name. */
const keyOf = (node: ComfyNode): string => String(node.id);
