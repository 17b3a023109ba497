/** The editor's style sheet. Its colours are ComfyUI's variables, so it follows the dark and the light theme. */

export const STYLE = `
.tora-editor { --accent: #3b8eea; position: relative; display: flex; flex-direction: column; gap: 4px; box-sizing: border-box; width: 100%; height: 100%;
  min-width: 0; padding: 4px; container-type: inline-size; font: 12px/1.35 system-ui, sans-serif; color: var(--input-text, #ddd); outline: none; }
.tora-editor *, .tora-editor *::before { box-sizing: border-box; }
.tora-editor :is(button, select, input) { font: inherit; color: var(--input-text, #ddd); background: var(--comfy-input-bg, #222);
  border: 1px solid var(--border-color, #4e4e4e); border-radius: 4px; padding: 2px 6px; min-width: 0; height: 24px; }
.tora-editor button { cursor: pointer; white-space: nowrap; }
.tora-editor button:hover:not(:disabled) { border-color: var(--accent); }
.tora-editor button[aria-pressed="true"] { border-color: var(--accent); color: var(--accent); }
.tora-editor :is(button, select, input, .tora-stage):focus { outline: none; }
.tora-editor :is(button, select, input):focus-visible, .tora-editor .tora-stage:focus { outline: 2px solid var(--accent); outline-offset: -1px; }
.tora-editor :is(button, select, input):disabled { opacity: 0.4; cursor: default; }
.tora-bar { display: flex; flex-wrap: wrap; gap: 4px; align-items: center; }
.tora-bar .group { display: flex; gap: 4px; align-items: center; padding-right: 5px; border-right: 1px solid var(--border-color, #4e4e4e); }
.tora-bar .group:is(.track, .file) { border-right: 0; }
.tora-bar .group.view { border-right: 0; margin-left: auto; padding-right: 0; }
.tora-bar select { max-width: 92px; }
.tora-bar label { display: flex; gap: 4px; align-items: center; color: var(--descrip-text, #999); }
.tora-bar input[type="range"] { width: 74px; padding: 0; accent-color: var(--accent); }
.tora-bar input.number { width: 46px; padding: 2px 3px; appearance: textfield; -moz-appearance: textfield; }
.tora-settings { gap: 4px 10px; }
.tora-body { position: relative; display: flex; flex: 1 1 0; min-height: 120px; }
.tora-stage { flex: 1 1 0; min-width: 0; contain: layout paint style; will-change: transform; touch-action: none; background: var(--comfy-input-bg, #222); border: 1px solid var(--border-color, #4e4e4e);
  border-radius: 4px; cursor: crosshair; user-select: none; }
.tora-hint { position: absolute; inset: 0; display: flex; flex-direction: column; gap: 2px; align-items: center; justify-content: center; pointer-events: none;
  font-size: 14px; color: #fff; text-shadow: 0 0 3px #000, 0 0 6px #000; opacity: 0.9; }
.tora-hint[hidden] { display: none; }
.tora-stage .frame { fill: #fff1; stroke: var(--border-color, #888); vector-effect: non-scaling-stroke; }
.tora-stage .flow { opacity: 0.85; }
.tora-stage .grid { stroke: #8886; vector-effect: non-scaling-stroke; pointer-events: none; }
.tora-stage path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round; stroke-linecap: round; }
.tora-stage .halo { stroke: #fffc; stroke-width: calc(4 * var(--px, 1px)); pointer-events: none; }
.tora-stage .under { stroke: #0009; stroke-width: calc(5.5 * var(--px, 1px)); pointer-events: none; }
.tora-stage .line { stroke-width: calc(2 * var(--px, 1px)); pointer-events: none; }
.tora-stage .arrow { stroke-width: calc(2.5 * var(--px, 1px)); pointer-events: none; }
.tora-stage .arrow-under { stroke: #fff; stroke-width: calc(4.5 * var(--px, 1px)); pointer-events: none; }
.tora-stage .hit { stroke: transparent; stroke-width: calc(13 * var(--px, 1px)); pointer-events: stroke; cursor: move; }
.tora-stage g:hover > .halo { stroke: #fff; stroke-width: calc(5 * var(--px, 1px)); }
.tora-stage .tick { pointer-events: none; stroke: #0008; vector-effect: non-scaling-stroke; }
.tora-stage .tick.hidden-frame { fill-opacity: 0.15; }
.tora-stage .hit-point { fill: transparent; cursor: grab; }
.tora-stage .point { stroke: #fff; stroke-width: calc(1.5 * var(--px, 1px)); vector-effect: non-scaling-stroke; pointer-events: none; }
.tora-stage .hit-point:hover + .point { stroke-width: calc(3 * var(--px, 1px)); }
.tora-stage .point.first { stroke: #111; }
.tora-stage .point.pinned { stroke: #ffd34d; stroke-width: calc(2.5 * var(--px, 1px)); }
.tora-stage .point.chosen { stroke: var(--accent); stroke-width: calc(3 * var(--px, 1px)); }
.tora-stage .faint { opacity: 0.65; }
.tora-stage .play { stroke: #fff; stroke-width: calc(2 * var(--px, 1px)); vector-effect: non-scaling-stroke; pointer-events: none; }
.tora-stage .play.unseen { fill-opacity: 0.2; stroke-dasharray: 3 3; }
.tora-stage .box { stroke: var(--accent); stroke-dasharray: 4 3; stroke-width: calc(1.5 * var(--px, 1px)); pointer-events: none; }
.tora-stage .handle { fill: #fff; stroke: var(--accent); stroke-width: calc(1.5 * var(--px, 1px)); vector-effect: non-scaling-stroke; cursor: nwse-resize; }
.tora-stage .handle:is(.ne, .sw) { cursor: nesw-resize; }
.tora-stage .handle.turn { cursor: grab; }
.tora-stage .marquee { fill: #3b8eea22; stroke: var(--accent); vector-effect: non-scaling-stroke; pointer-events: none; }
.tora-timeline { --head: 146px; position: relative; flex: 0 0 auto; border: 1px solid var(--border-color, #4e4e4e); border-radius: 4px; overflow: hidden; }
.tora-timeline .top, .tora-list li { display: flex; align-items: stretch; height: 22px; }
.tora-timeline .head { flex: 0 0 var(--head); display: flex; gap: 3px; align-items: center; padding: 0 4px; min-width: 0; cursor: pointer; }
.tora-timeline .now { color: var(--descrip-text, #999); white-space: nowrap; font-variant-numeric: tabular-nums; }
.tora-timeline .lane { position: relative; flex: 1 1 0; margin: 0 10px; cursor: pointer; touch-action: none; }
.tora-timeline .lane::before { content: ""; position: absolute; inset: 0 -10px; }
.tora-timeline .ruler { cursor: ew-resize; }
.tora-timeline .mark { position: absolute; top: 3px; transform: translateX(-50%); font-size: 10px; color: var(--descrip-text, #999); pointer-events: none; }
.tora-timeline .playhead { position: absolute; top: 0; bottom: 0; width: 0; border-left: 1.5px solid var(--accent); pointer-events: none;
  left: calc(var(--head) + 10px + (100% - var(--head) - 20px) * var(--time, 0)); }
.tora-list { height: 90px; box-shadow: inset 0 -7px 6px -6px #0007; overflow: hidden auto; scrollbar-width: none; margin: 0; padding: 0; list-style: none; }
.tora-list li { border-top: 1px solid #8883; }
.tora-list li[aria-selected="true"] { background: var(--comfy-input-bg, #222); box-shadow: inset 2px 0 var(--accent); }
.tora-list .seen { position: absolute; top: 9px; height: 3px; border-radius: 2px; background: #9996; pointer-events: none; }
.tora-list .bar { position: absolute; top: 5px; height: 11px; border-radius: 3px; cursor: grab; min-width: 3px; }
.tora-list .edge { position: absolute; top: 2px; width: 8px; height: 17px; margin-left: -4px; cursor: ew-resize; border-radius: 2px; border: 2px solid #fff; background: #0006; }
.tora-list .seen-edge { top: 0; height: 21px; width: 4px; margin-left: -2px; border: 0; background: #999; }
.tora-list .pin { position: absolute; top: 5px; width: 10px; height: 10px; margin-left: -5px; transform: rotate(45deg); background: #ffd34d; border: 1px solid #111; cursor: ew-resize; }
.tora-list input[type="color"] { width: 16px; height: 16px; padding: 0; border: 0; flex: none; }
.tora-list .name { flex: 1 1 40px; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; border: 0; background: none; padding: 0 2px; height: 20px; }
.tora-icon { width: 13px; height: 13px; fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linecap: round; stroke-linejoin: round;
  vertical-align: -2px; pointer-events: none; }
.tora-list button { border: 0; background: none; padding: 0 2px; height: 20px; opacity: 0.75; }
.tora-note { color: var(--descrip-text, #999); min-height: 16px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.tora-note.error { color: var(--error-text, #ff6b6b); white-space: normal; }
.tora-menu { position: absolute; z-index: 10; display: flex; flex-direction: column; min-width: 150px; max-height: 100%; overflow: auto; padding: 4px;
  background: var(--comfy-menu-bg, #353535); border: 1px solid var(--border-color, #4e4e4e); border-radius: 6px; box-shadow: 0 4px 16px #0008; }
.tora-menu button { border: 0; background: none; text-align: left; color: var(--fg-color, #fff); }
.tora-menu button:is(:hover, :focus) { background: var(--accent); color: #fff; }
.tora-menu hr { width: 100%; margin: 3px 0; border: 0; border-top: 1px solid var(--border-color, #4e4e4e); }
@container (max-width: 400px) {
  .tora-timeline { --head: 92px; }
  .tora-timeline .head button { display: none; }
  .tora-bar .group:is(.file, .track), .tora-bar .draw > :last-child { display: none; }
  .tora-bar .group.draw { border-right: 0; padding-right: 0; }
  .tora-settings label:nth-child(n + 5) { display: none; }
  .tora-hint { font-size: 12px; }
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
