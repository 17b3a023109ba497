/** A dialog over the page that an element can move into for fine work. */

export class Dialog {
  private dialog: HTMLDialogElement | null = null;

  constructor(
    private readonly element: HTMLElement,
    private readonly onMove: () => void,
  ) {}

  /** Moves the element into the dialog, or back to its place. Escape moves it back too. */
  toggle(): void {
    if (this.dialog) this.dialog.close();
    else this.open();
  }

  dispose(): void {
    this.dialog?.remove();
  }

  private open(): void {
    const { element } = this;
    const home = document.createComment("tora-editor");
    element.replaceWith(home);
    const dialog = document.createElement("dialog");
    dialog.className = "tora-dialog";
    dialog.append(element);
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      home.replaceWith(element);
      dialog.remove();
      this.dialog = null;
      this.onMove();
    });
    dialog.showModal();
    this.dialog = dialog;
    this.onMove();
  }
}
