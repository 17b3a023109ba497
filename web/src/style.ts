/** The editor's style sheet. Its colours are ComfyUI's variables, so it follows the dark and the light theme. */

export const STYLE = `
.tora-editor { display: flex; flex-direction: column; gap: 4px; box-sizing: border-box; width: 100%; height: 100%;
  min-width: 0; padding: 4px; container-type: inline-size; font: 12px/1.35 system-ui, sans-serif; color: var(--input-text, #ddd); outline: none; }
.tora-editor *, .tora-editor *::before { box-sizing: border-box; }
.tora-editor :is(button, select, input) { font: inherit; color: var(--input-text, #ddd); background: var(--comfy-input-bg, #222);
  border: 1px solid var(--border-color, #4e4e4e); border-radius: 4px; padding: 2px 6px; min-width: 0; height: 24px; }
.tora-editor button { cursor: pointer; white-space: nowrap; }
.tora-editor button[aria-pressed="true"] { border-color: #3b8eea; color: #3b8eea; }
.tora-editor :is(button, select, input):focus-visible, .tora-stage:focus-visible { outline: 2px solid #3b8eea; outline-offset: -1px; }
.tora-editor button:disabled { opacity: 0.4; cursor: default; }
.tora-bar { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }
.tora-bar label { display: flex; gap: 4px; align-items: center; color: var(--descrip-text, #999); }
.tora-bar input[type="range"] { width: 74px; padding: 0; accent-color: #3b8eea; }
.tora-body { display: flex; gap: 4px; flex: 1 1 0; min-height: 0; }
.tora-stage { flex: 1 1 0; min-width: 0; contain: layout paint style; will-change: transform; touch-action: none; background: var(--comfy-input-bg, #222); border: 1px solid var(--border-color, #4e4e4e);
  border-radius: 4px; cursor: crosshair; user-select: none; }
.tora-stage .frame { fill: #fff1; stroke: var(--border-color, #888); vector-effect: non-scaling-stroke; }
.tora-stage .grid { stroke: #8886; vector-effect: non-scaling-stroke; pointer-events: none; }
.tora-stage path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }
.tora-stage .halo { stroke: #fffc; stroke-width: 4px; pointer-events: none; }
.tora-stage .under { stroke: #0009; stroke-width: 5.5px; pointer-events: none; }
.tora-stage .line { stroke-width: 2px; pointer-events: none; }
.tora-stage .hit { stroke: transparent; stroke-width: 12px; pointer-events: stroke; cursor: pointer; }
.tora-stage .tick { pointer-events: all; stroke: #0008; vector-effect: non-scaling-stroke; cursor: pointer; }
.tora-stage .point { stroke: #fff; stroke-width: 1.5px; vector-effect: non-scaling-stroke; cursor: grab; }
.tora-stage .point.first { stroke: #111; }
.tora-stage .point.chosen { stroke: #3b8eea; stroke-width: 3px; }
.tora-stage .faint { opacity: 0.45; }
.tora-stage .play { stroke: #fff; stroke-width: 2px; vector-effect: non-scaling-stroke; pointer-events: none; }
.tora-stage .marquee { fill: #3b8eea22; stroke: #3b8eea; vector-effect: non-scaling-stroke; pointer-events: none; }
.tora-list { flex: 0 0 138px; overflow: auto; margin: 0; padding: 0; list-style: none; border: 1px solid var(--border-color, #4e4e4e); border-radius: 4px; }
.tora-list li { display: flex; flex-wrap: wrap; gap: 3px; align-items: center; padding: 2px 4px; cursor: pointer; }
.tora-list li[aria-selected="true"] { background: var(--comfy-input-bg, #222); box-shadow: inset 2px 0 #3b8eea; }
.tora-list input[type="color"] { width: 16px; height: 16px; padding: 0; border: 0; flex: none; }
.tora-list .name { flex: 1 1 40px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; border: 0; background: none; padding: 0 2px; height: 20px; }
.tora-list .more { flex: 1 0 100%; display: flex; justify-content: flex-end; }
.tora-icon { width: 13px; height: 13px; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round;
  vertical-align: -2px; pointer-events: none; }
.tora-list button { border: 0; background: none; padding: 0 2px; height: 20px; opacity: 0.75; }
.tora-note { color: var(--descrip-text, #999); min-height: 16px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tora-note.error { color: var(--error-text, #ff6b6b); white-space: normal; }
@container (max-width: 400px) {
  .tora-body { flex-direction: column; }
  .tora-list { flex: 0 0 auto; max-height: 74px; }
  .tora-list .more { flex: 0 0 auto; }
  .tora-list li { flex-wrap: nowrap; }
  .tora-bar .wide { display: none; }
}
dialog.tora-dialog { width: 92vw; height: 90vh; max-width: none; max-height: none; padding: 8px; color: var(--fg-color, #fff);
  background: var(--comfy-menu-bg, #353535); border: 1px solid var(--border-color, #4e4e4e); border-radius: 8px; }
`;

export function installStyle(): void {
  if (document.getElementById("tora-editor-style")) return;
  const style = document.createElement("style");
  style.id = "tora-editor-style";
  style.textContent = STYLE;
  document.head.append(style);
}
