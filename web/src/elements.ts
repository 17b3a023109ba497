/** HTML and SVG elements, made from a few words each. */

import { t } from "./words";

const SVG_NAMESPACE = "http://www.w3.org/2000/svg";

export function element<K extends keyof HTMLElementTagNameMap>(tag: K, className = ""): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

/** A button that shows a text or an icon. `title` is its tooltip and its accessible name. */
export function button(face: string | SVGElement, title: string, run: () => void): HTMLButtonElement {
  const made = element("button");
  Object.assign(made, { type: "button", title });
  made.append(face);
  made.setAttribute("aria-label", title);
  made.addEventListener("click", run);
  return made;
}

/** A drop-down list of words. */
export function select(
  title: string, words: readonly string[], run: (word: string) => void, label: (word: string) => string = t,
): HTMLSelectElement {
  const made = element("select");
  made.title = title;
  made.setAttribute("aria-label", title);
  made.append(...words.map((word) => Object.assign(element("option"), { value: word, textContent: label(word) })));
  made.addEventListener("change", () => run(made.value));
  return made;
}

/** A drop-down list that runs an action. It shows its caption again after each choice. */
export function menu(title: string, caption: string, words: readonly string[], run: (word: string) => void): HTMLSelectElement {
  const made = select(title, [caption, ...words], (word) => {
    made.selectedIndex = 0;
    run(word);
  });
  return made;
}

/** A slider from 0 to 1. It runs during the drag, and once more when it is released (`settled`). */
export function slider(title: string, run: (value: number, settled: boolean) => void): HTMLInputElement {
  const made = element("input");
  Object.assign(made, { type: "range", min: "0", max: "1", step: "0.01", title });
  made.setAttribute("aria-label", title);
  made.addEventListener("input", () => run(Number(made.value), false));
  made.addEventListener("change", () => run(Number(made.value), true));
  return made;
}

export function labelled(text: string, input: HTMLElement, className = ""): HTMLLabelElement {
  const made = element("label", className);
  made.append(text, input);
  return made;
}

export function svg<K extends keyof SVGElementTagNameMap>(tag: K, attributes: Record<string, string>): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG_NAMESPACE, tag);
  setAttributes(made, attributes);
  return made;
}

export function setAttributes(target: Element, attributes: Record<string, string>): void {
  for (const [name, value] of Object.entries(attributes)) target.setAttribute(name, value);
}
