/** Registers the trajectory editor as the widget of the Tora Trajectory Editor node. */

import { NodeHost, registerExtension } from "./adapter";
import type { Background } from "./model";
import { EditorView } from "./view";

export const WIDGET = "TORA_TRAJECTORY";
const MIN_HEIGHT = 420;

registerExtension({
  name: "comfyui-tora.trajectory",
  getCustomWidgets: () => ({
    [WIDGET]: (node, name) => {
      const host = new NodeHost(node);
      const view = new EditorView(host, MIN_HEIGHT);
      const { session } = view;
      const widget = node.addDOMWidget(name, WIDGET, view.element, {
        getValue: () => session.value,
        setValue: (value: unknown) => session.setValue(value),
        getMinHeight: () => MIN_HEIGHT,
        hideOnZoom: false,
        hideInPanel: true,
        socketless: true,
      });
      view.onChange = () => (widget as { callback?: (value: string) => void }).callback?.(session.value);
      chain(node, "onExecuted", (output) => {
        const { tora_background: found } = output as { tora_background?: Background[] };
        if (found?.[0]) host.setExecuted(found[0]);
        view.refresh();
      });
      chain(node, "onConnectionsChange", () => setTimeout(() => view.refresh(), 0));
      chain(node, "onRemoved", () => view.dispose());
      return { widget };
    },
  }),
});

/** Runs `then` after the function that the node already has under this name. */
function chain(node: ComfyNode, name: "onExecuted" | "onConnectionsChange" | "onRemoved", then: (value: unknown) => void): void {
  const before = node[name] as ((...args: unknown[]) => void) | undefined;
  node[name] = function (this: ComfyNode, ...args: unknown[]) {
    before?.apply(this, args);
    then(args[0]);
  };
}
