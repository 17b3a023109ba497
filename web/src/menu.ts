/** A menu at the pointer. */

import { element } from "./elements";

export interface MenuItem {
  label: string;
  run?: () => void;
  /** Items that replace this menu. */
  items?: MenuItem[];
}

/** Null is a line between groups. */
export type MenuItems = readonly (MenuItem | null)[];

export class Menu {
  private shown: HTMLElement | null = null;
  private readonly stop = new AbortController();

  constructor(private readonly parent: HTMLElement) {
    document.addEventListener("pointerdown", (event) => this.onPress(event), { signal: this.stop.signal, capture: true });
  }

  get isOpen(): boolean {
    return this.shown !== null;
  }

  /** Opens the menu at a place of the page. */
  open(x: number, y: number, items: MenuItems): void {
    this.close();
    const menu = element("div", "tora-menu");
    menu.setAttribute("role", "menu");
    for (const item of items) menu.append(item ? this.makeItem(item, x, y) : element("hr"));
    menu.addEventListener("contextmenu", (event) => event.preventDefault());
    this.parent.append(menu);
    this.shown = menu;
    this.place(menu, x, y);
    menu.querySelector("button")?.focus({ preventScroll: true });
  }

  close(): void {
    this.shown?.remove();
    this.shown = null;
  }

  dispose(): void {
    this.close();
    this.stop.abort();
  }

  private makeItem({ label, run, items }: MenuItem, x: number, y: number): HTMLButtonElement {
    const made = element("button");
    made.type = "button";
    made.setAttribute("role", "menuitem");
    made.textContent = items ? `${label} ▸` : label;
    made.addEventListener("click", () => {
      if (items) return this.open(x, y, items);
      this.close();
      run?.();
    });
    made.addEventListener("keydown", (event) => this.onKey(event, made));
    return made;
  }

  private onKey(event: KeyboardEvent, item: HTMLButtonElement): void {
    const all = [...(this.shown?.querySelectorAll("button") ?? [])];
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step !== 0) all.at((all.indexOf(item) + step) % all.length)?.focus();
    else if (event.key === "Escape") this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  private onPress(event: PointerEvent): void {
    if (this.shown && !this.shown.contains(event.target as Node)) this.close();
  }

  /** Places the menu inside the editor. The editor may be scaled by the graph's zoom. */
  private place(menu: HTMLElement, x: number, y: number): void {
    const outer = this.parent.getBoundingClientRect();
    const scale = outer.width / (this.parent.offsetWidth || 1) || 1;
    const left = Math.min((x - outer.left) / scale, this.parent.offsetWidth - menu.offsetWidth);
    const top = Math.min((y - outer.top) / scale, this.parent.offsetHeight - menu.offsetHeight);
    menu.style.left = `${Math.max(0, left)}px`;
    menu.style.top = `${Math.max(0, top)}px`;
  }
}
