/** Puts the editor's style sheet into the page. */

import css from "./style.css?inline";

export function installStyle(): void {
  if (document.getElementById("tora-editor-style")) return;
  const style = document.createElement("style");
  style.id = "tora-editor-style";
  style.textContent = css;
  document.head.append(style);
}
