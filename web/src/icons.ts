/** Line icons of 16x16 in the colour of the text. They are drawn here because not every font has such signs. */

import { svg } from "./elements";

const PATHS = {
  play: "M5 3l8 5-8 5z",
  stop: "M4 4h8v8H4z",
  expand: "M9 2h5v5M14 2L9 7M7 14H2V9M2 14l5-5",
  shown: "M1 8c3-5 11-5 14 0-3 5-11 5-14 0zM8 6a2 2 0 100 4 2 2 0 000-4z",
  hidden: "M1 8c3-5 11-5 14 0M2 13L14 3",
  locked: "M4 7h8v7H4zM5.5 7V5a2.5 2.5 0 015 0v2",
  unlocked: "M4 7h8v7H4zM5.5 7V4a2.5 2.5 0 015-.5",
  duplicate: "M2 2h8v8H2zM6 6h8v8H6z",
  up: "M8 13V3M4 7l4-4 4 4",
  down: "M8 3v10M4 9l4 4 4-4",
  remove: "M3 3l10 10M13 3L3 13",
  help: "M5.5 6a2.5 2.5 0 113.6 2.3c-.8.4-1.1.8-1.1 1.7M8 12.6v.1",
} as const;

export type IconName = keyof typeof PATHS;

export function icon(name: IconName): SVGSVGElement {
  const made = svg("svg", { viewBox: "0 0 16 16", class: "tora-icon", "aria-hidden": "true" });
  made.append(svg("path", { d: PATHS[name] }));
  return made;
}
