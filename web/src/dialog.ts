/** A dialog over the page that an element can move into for fine work. */

export class Dialog {
  private dialog: HTMLDialogElement | null = null;
  private putBack: (() => void) | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly onMove: () => void,
  ) {}

  get isOpen(): boolean {
    return this.dialog !== null;
  }

  /** Moves the element into the dialog, or back to its place. Escape moves it back too. */
  toggle(): void {
    if (this.dialog) this.dialog.close();
    else this.open();
  }

  /** Closes the dialog at once. The element is back in its place when this returns. */
  dispose(): void {
    this.putBack?.();
  }

  private open(): void {
    const { element } = this;
    const home = document.createComment("tora-editor");
    element.replaceWith(home);
    const dialog = document.createElement("dialog");
    dialog.className = "tora-dialog";
    dialog.append(element);
    document.body.append(dialog);
    this.putBack = () => {
      this.putBack = null;
      home.replaceWith(element);
      dialog.remove();
      this.dialog = null;
      this.onMove();
    };
    dialog.addEventListener("close", () => this.putBack?.());
    dialog.showModal();
    this.dialog = dialog;
    this.onMove();
  }
}
