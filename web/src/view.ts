/** The editor's element: builds the parts, connects them to the session, and keeps what they show up to date. */

import type { Host } from "./adapter";
import { Dialog } from "./dialog";
import { element } from "./elements";
import { Exchange } from "./exchange";
import { Gestures } from "./gestures";
import { listenToKeys } from "./keys";
import { Session, type Settled } from "./session";
import { Stage } from "./stage";
import * as state from "./state";
import { installStyle } from "./style";
import { HELP, Toolbar, type ToolbarActions } from "./toolbar";
import { TrackList } from "./tracklist";
import { TrackSettings } from "./tracksettings";

const WATCH_MS = 500;
const OPACITY = "tora_opacity";
const DEFAULT_OPACITY = 0.8;

export class EditorView {
  readonly element = element("div", "tora-editor");
  readonly session: Session;
  readonly exchange: Exchange;
  /** Called after each finished edit. */
  onChange: () => void = () => {};
  private readonly stage = new Stage(() => this.refresh());
  private readonly toolbar: Toolbar;
  private readonly list: TrackList;
  private readonly settings: TrackSettings;
  private readonly note = element("div", "tora-note");
  private readonly dialog = new Dialog(this.element, () => this.refresh());
  private readonly stop = new AbortController();
  private readonly stopPanning: () => void;
  private readonly watching = setInterval(() => this.watch(), WATCH_MS);
  /** What the next animation frame renders. */
  private due: "stage" | "all" | null = null;
  private seen = "";

  constructor(
    private readonly host: Host,
    minHeight: number,
  ) {
    installStyle();
    this.element.style.minHeight = `${minHeight}px`; // Nodes 2.0 does not call getMinHeight
    this.note.setAttribute("role", "status");
    this.session = this.makeSession();
    this.exchange = this.makeExchange();
    this.toolbar = new Toolbar(this.toolbarActions(), this.opacity);
    this.list = this.makeList();
    this.settings = this.makeSettings();
    const body = element("div", "tora-body");
    body.append(this.stage.element, this.list.element);
    this.element.append(this.toolbar.element, body, this.settings.element, this.note);
    this.listen();
    this.stopPanning = host.forwardPanning(this.element);
    this.refresh();
  }

  /** Renders everything in the next animation frame, once for any number of calls. */
  refresh(): void {
    this.schedule("all");
  }

  dispose(): void {
    this.stop.abort();
    clearInterval(this.watching);
    this.stopPanning();
    this.stage.dispose();
    this.dialog.dispose();
  }

  private makeSession(): Session {
    return new Session({
      size: () => this.host.size(),
      edited: (settled) => this.onEdit(settled),
      refresh: () => this.refresh(),
      say: (text, error) => this.say(text, error),
    });
  }

  private makeExchange(): Exchange {
    const { session, host } = this;
    return new Exchange({
      size: () => host.size(),
      drawing: () => session.drawing,
      selected: () => session.selected,
      addTracks: (tracks) => session.addTracks(tracks),
      setBackground: (bg) => session.edit({ ...session.drawing, bg }, "other"),
      upload: (file) => host.upload(file),
      say: (text, error) => this.say(text, error),
    });
  }

  private toolbarActions(): ToolbarActions {
    const { session, exchange } = this;
    return {
      addTrack: () => session.addTrack(),
      choosePreset: (name) => {
        session.preset = name;
        this.say(`Drag on the picture from the middle of the ${name} outwards. A click places it at its usual size.`);
      },
      reverse: () => session.editSelected((drawing, { id }) => state.reverseTrack(drawing, id)),
      smooth: () => session.editSelected((drawing, { id }) => state.smoothTrack(drawing, id)),
      toggleClosed: () => session.editSelected((drawing, { id, closed }) => state.setTrack(drawing, id, { closed: !closed })),
      togglePlay: () => {
        session.playing = !session.playing;
        this.refresh();
      },
      askForText: () => exchange.askForText(),
      exportTracks: (form) => exchange.exportTracks(form),
      copyTrack: () => exchange.copyTrack(),
      askForPicture: () => exchange.askForPicture(),
      setOpacity: (value) => {
        this.host.setProperty(OPACITY, value);
        this.refresh();
      },
      expand: () => this.dialog.toggle(),
      help: () => this.say(HELP),
    };
  }

  private makeList(): TrackList {
    const { session } = this;
    return new TrackList({
      select: (id) => session.select(id),
      change: (id, change) => session.changeTrack(id, change),
      duplicate: (id) => session.duplicateTrack(id),
      move: (id, by) => session.moveTrack(id, by),
      remove: (id) => session.removeTrack(id),
    });
  }

  private makeSettings(): TrackSettings {
    const { session } = this;
    return new TrackSettings({
      setKind: (kind) => {
        session.kind = kind;
        session.editSelected((drawing, { id }) => state.setTrack(drawing, id, { kind }));
        if (kind === "static") this.say("A static track has no effect in Tora. It does not hold an object in place.");
      },
      change: (change) => session.editSelected((drawing, { id }) => state.setTrack(drawing, id, change)),
      setTiming: (edge, value) => session.editSelected((drawing, { id }) => state.setTiming(drawing, id, edge, value)),
    });
  }

  private listen(): void {
    const { session, stage, exchange } = this;
    const { signal } = this.stop;
    const host = {
      size: () => this.host.size(),
      readOnly: () => this.host.readOnly(),
      drawing: () => session.drawing,
      selected: () => session.selected,
      chosen: () => session.chosen,
      kind: () => session.kind,
      takePreset: () => session.takePreset(),
      select: (id: string | null) => session.select(id),
      choose: (refs: readonly state.PointRef[]) => session.choose(refs),
      edit: (drawing: typeof session.drawing, settled: Settled) => session.edit(drawing, settled),
      say: (text: string) => this.say(text),
      copyTrack: () => exchange.copyTrack(),
    };
    const gestures = new Gestures(stage, host, signal);
    listenToKeys(stage.element, { ...host, dragging: () => gestures.dragging }, signal);
    exchange.listen(this.element, signal);
    // Without this, Delete would delete the node.
    this.element.addEventListener("keydown", (event) => event.stopPropagation(), { signal });
  }

  private onEdit(settled: Settled): void {
    if (settled === "no") {
      this.schedule("stage");
      return;
    }
    this.renderStage(); // at once, because the next click may aim at something new
    this.refresh();
    this.onChange();
    if (settled === "other") this.host.captureUndo();
  }

  private say(text: string, error = false): void {
    this.note.textContent = text;
    this.note.title = text;
    this.note.classList.toggle("error", error);
  }

  private get opacity(): number {
    return this.host.property(OPACITY, DEFAULT_OPACITY);
  }

  private schedule(what: "stage" | "all"): void {
    const waiting = this.due !== null;
    this.due = this.due === "all" ? "all" : what;
    if (waiting) return;
    requestAnimationFrame(() => {
      const { due } = this;
      this.due = null;
      if (this.stop.signal.aborted) return;
      this.renderStage();
      if (due === "all") this.renderPanels();
    });
  }

  private renderStage(): void {
    const { drawing, selected, chosen, playing } = this.session;
    const picture = this.host.background(drawing.bg);
    this.stage.render({ size: this.host.size(), tracks: drawing.tracks, selected, chosen, picture, opacity: this.opacity, playing });
  }

  private renderPanels(): void {
    const { drawing, selected, kind, playing } = this.session;
    this.toolbar.render(selected, playing);
    this.list.render(drawing.tracks, selected);
    this.settings.render(selected, kind, this.host.size().frames);
  }

  /** Looks for changes that send no event: the node's size, and the pictures of nodes before it. */
  private watch(): void {
    const seen = JSON.stringify([this.host.size(), this.host.background(this.session.drawing.bg)]);
    if (seen !== this.seen) this.refresh();
    this.seen = seen;
  }
}
