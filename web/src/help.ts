/** The page of help over the stage. */

import { element } from "./elements";
import { HELP, t } from "./words";

export class Help {
  readonly element = element("div", "tora-help");

  constructor(private readonly onChange: () => void) {
    this.element.hidden = true;
    this.element.addEventListener("click", () => this.toggle());
  }

  get isOpen(): boolean {
    return !this.element.hidden;
  }

  toggle(): void {
    this.element.hidden = !this.element.hidden;
    const line = (text: string, tag: "dt" | "dd"): HTMLElement => Object.assign(document.createElement(tag), { textContent: t(text) });
    const list = element("dl");
    list.append(...HELP.flatMap(([hand, effect]) => [line(hand, "dt"), line(effect, "dd")]));
    this.element.replaceChildren(list);
    this.onChange();
  }
}
