/** Registers the trajectory editor as the widget of the Tora Trajectory Editor node. */

import { NodeHost, collectResults, listenToErrors, locale, registerExtension } from "./adapter";
import { Successors } from "./successors";
import type { Background } from "./model";
import { Results } from "./results";
import { EditorView } from "./view";
import { setLanguage } from "./words";

export const WIDGET = "TORA_TRAJECTORY";
const NODE = "ToraTrajectoryEditor";
const MIN_HEIGHT = 420;
/** Size of a new node: the picture is then 540 pixels wide. */
const NEW_SIZE: [number, number] = [560, 820];

const successors = new Successors();
const results = new Results();

registerExtension({
  name: "comfyui-tora.trajectory",
  setup: () => collectResults(results),
  /** Without this, Nodes 2.0 shows the tooltip of the input over the editor's neighbours. */
  beforeRegisterNodeDef: (_, definition) => {
    if (definition.name !== NODE) return;
    for (const group of Object.values(definition.input ?? {})) delete group.trajectory?.[1]?.tooltip;
  },
  nodeCreated: (node) => {
    if (node.comfyClass === NODE) node.setSize?.([Math.max(NEW_SIZE[0], node.size?.[0] ?? 0), Math.max(NEW_SIZE[1], node.size?.[1] ?? 0)]);
  },
  getCustomWidgets: () => ({
    [WIDGET]: (node, name) => {
      setLanguage(locale());
      const host = new NodeHost(node, results);
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
      successors.add(node, view);
      view.onChange = () => (widget as { callback?: (value: string) => void }).callback?.(session.value);
      view.onWatch = () => successors.takePlace(node, view);
      chain(node, "onExecuted", (output) => {
        const { tora_background: found } = (output ?? {}) as { tora_background?: Background[] };
        if (found?.length) host.setExecuted(found);
        view.refresh();
      });
      const stopListening = listenToErrors(node, (message) => view.say(message, true));
      chain(node, "onConnectionsChange", () => setTimeout(() => view.refresh(), 0));
      chain(node, "onRemoved", () => {
        stopListening();
        successors.remove(view);
        view.dispose();
      });
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
