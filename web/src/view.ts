/** The editor's element: builds the parts, connects them to the session, and keeps what they show up to date. */

import type { Host } from "./adapter";
import { Behind } from "./behind";
import { Dialog } from "./dialog";
import { element } from "./elements";
import { Exchange } from "./exchange";
import { Gestures } from "./gestures";
import { Help } from "./help";
import { listenToKeys } from "./keys";
import { Menu } from "./menu";
import type { Point } from "./model";
import { settingsActions, timelineEdits, trackActions } from "./panelactions";
import { Player } from "./player";
import { Session, type Settled } from "./session";
import { Stage } from "./stage";
import { Settings } from "./settings";
import { stageItems, trackItems, type MenuHost } from "./stagemenu";
import type { PointRef } from "./state";
import { installStyle } from "./style";
import { Timeline } from "./timeline";
import { Toolbar, type ToolbarActions } from "./toolbar";
import { t } from "./words";

/** How often the editor looks for changes that send no event. */
const WATCH_MS = 150;

export class EditorView {
  readonly element = element("div", "tora-editor");
  readonly session: Session;
  readonly exchange: Exchange;
  /** Called after each finished edit. */
  onChange: () => void = () => {};
  /** Called several times a second. */
  onWatch: () => void = () => {};
  private readonly stage = new Stage(
    () => this.refresh(),
    () => this.say(t("This browser cannot show the video of that result."), true),
  );
  private readonly behind: Behind;
  private readonly toolbar: Toolbar;
  private readonly timeline: Timeline;
  private readonly settings: Settings;
  private readonly hint = element("div", "tora-hint");
  private readonly note = element("div", "tora-note");
  private readonly help = new Help(() => this.renderToolbar());
  private readonly menu = new Menu(this.element);
  private readonly player = new Player((frame) => this.showFrame(frame));
  private gestures!: Gestures;
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
    this.behind = new Behind(host, () => this.session.drawing, () => this.refresh(), (text) => this.say(text));
    this.toolbar = new Toolbar(this.toolbarActions(), this.behind.opacity);
    this.timeline = this.makeTimeline();
    this.settings = new Settings(settingsActions(this.session, () => host.size(), (text) => this.say(text)));
    const body = element("div", "tora-body");
    for (const line of ["Click to place points.", "Drag to draw freehand.", "Right click for more."]) {
      this.hint.append(Object.assign(element("div"), { textContent: t(line) }));
    }
    body.append(this.stage.element, this.hint, this.help.element);
    this.element.append(this.toolbar.element, body, this.timeline.element, this.settings.element, this.note);
    this.listen();
    this.stopPanning = host.forwardPanning(this.element);
    this.refresh();
  }

  /** Renders everything in the next animation frame, once for any number of calls. */
  refresh(): void {
    this.schedule("all");
  }

  get expanded(): boolean {
    return this.dialog.isOpen;
  }

  /** Opens the expanded view. */
  expand(): void {
    if (!this.dialog.isOpen) this.dialog.toggle();
  }

  dispose(): void {
    this.stop.abort();
    clearInterval(this.watching);
    this.stopPanning();
    this.player.stop();
    this.menu.dispose();
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
      ...trackActions(session, (text) => this.say(text)),
      togglePlay: () => {
        if (this.player.playing) this.player.stop();
        else this.player.start(session.frame >= this.host.size().frames - 1 ? 0 : session.frame, () => this.host.size().frames);
        this.refresh();
      },
      askForText: () => exchange.askForText(),
      exportTracks: (form) => exchange.exportTracks(form),
      copyTrack: () => exchange.copyTrack(),
      askForPicture: () => exchange.askForPicture(),
      setOpacity: (value) => {
        this.behind.opacity = value;
      },
      chooseResult: (button) => this.behind.choose(this.menu, button),
      expand: () => this.dialog.toggle(),
      help: () => this.help.toggle(),
    };
  }

  private makeTimeline(): Timeline {
    const { session } = this;
    return new Timeline({
      ...timelineEdits(session, () => this.host.size(), () => this.renderPanels()),
      scrub: (frame) => {
        this.player.stop();
        this.showFrame(frame);
        this.renderToolbar();
      },
      openMenu: (event, id) => {
        session.select(id);
        const track = session.selected;
        if (track) this.menu.open(event.clientX, event.clientY, trackItems(this.menuHost(), track));
      },
    });
  }

  private menuHost(): MenuHost {
    const { session, host, exchange } = this;
    return {
      size: () => host.size(),
      drawing: () => session.drawing,
      frame: () => Math.round(session.frame),
      edit: (drawing, keep) => {
        if (!keep) session.choose([]);
        session.edit(drawing, "other");
      },
      select: (id) => session.select(id),
      insertOnLine: (track, at) => this.gestures.insertOn(track, at),
      placePreset: (name, at) => session.placePreset(name, at),
      paste: () => exchange.askForText(),
      fit: () => this.stage.zoomAt(null, 1),
      takeShape: this.behind.own && (() => void this.behind.takeShape()),
    };
  }

  private showFrame(frame: number): void {
    this.session.frame = frame;
    this.stage.showFrame(frame);
    this.stage.showBackdrop(this.behind.at(frame));
    this.timeline.showFrame(frame);
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
      choose: (refs: readonly PointRef[]) => session.choose(refs),
      edit: (drawing: typeof session.drawing, settled: Settled) => session.edit(drawing, settled),
      say: (text: string) => this.say(text),
      copyTrack: () => exchange.copyTrack(),
      unit: () => stage.unit(),
      snap: (place: Point) => session.snap(place),
      zoomAt: (event: WheelEvent, factor: number) => stage.zoomAt(event, factor),
      openMenu: (event: MouseEvent, at: Point, track: string | null, point: PointRef | null) => {
        if (track && track !== session.selected?.id) session.select(track);
        if (point) session.choose([point]);
        this.menu.open(event.clientX, event.clientY, stageItems(this.menuHost(), at, track, point));
      },
    };
    this.gestures = new Gestures(stage, host, signal);
    listenToKeys(stage.element, host, signal);
    exchange.listen(this.element, signal);
    // Without this, Delete would delete the node.
    this.element.addEventListener("keydown", (event) => this.onKey(event), { signal });
  }

  private onKey(event: KeyboardEvent): void {
    event.stopPropagation();
    const letter = event.key.toLowerCase();
    if (letter === " " && event.target === this.stage.element) this.host.passKey(event); // Space and a drag pan the graph
    if (this.expanded && (event.ctrlKey || event.metaKey) && (letter === "z" || letter === "y")) {
      event.preventDefault(); // ComfyUI hears no key under a dialog
      this.host.undo(letter === "y" || event.shiftKey);
    }
  }

  private onEdit(settled: Settled): void {
    if (settled === "no") {
      this.schedule("stage");
      return;
    }
    this.say(""); // what was said is about the drawing before
    this.renderStage(); // at once, because the next click may aim at something new
    this.refresh();
    this.onChange();
    if (settled === "other") this.host.captureUndo();
  }

  /** Shows a text under the stage. */
  say(text: string, error = false): void {
    this.note.textContent = text;
    this.note.title = text;
    this.note.classList.toggle("error", error);
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
    const { drawing, selected, chosen, frame, colours } = this.session;
    const { behind } = this;
    const size = this.host.size();
    this.stage.render({ size, tracks: drawing.tracks, selected, chosen, backdrop: behind.at(frame), opacity: behind.opacity, frame, colours });
    this.hint.hidden = drawing.tracks.some((track) => track.points.length > 0);
  }

  private renderPanels(): void {
    const { drawing, selected, chosen, kind, frame } = this.session;
    const size = this.host.size();
    this.renderToolbar();
    this.timeline.render(drawing.tracks, selected, size.frames, Math.min(frame, size.frames - 1));
    const point = chosen.length === 1 ? selected?.points[chosen[0]!.index] : undefined;
    this.settings.render(selected, point ?? null, kind, size);
  }

  private renderToolbar(): void {
    const { selected, snapping, colours } = this.session;
    this.toolbar.render(selected, { playing: this.player.playing, snapping, colours, result: this.behind.result !== null, help: this.help.isOpen });
  }

  /** Looks for changes that send no event: the node's size, its zoom, and the pictures of nodes before it. */
  private watch(): void {
    this.onWatch();
    const unit = this.stage.unit().toPrecision(3);
    const seen = JSON.stringify([this.host.size(), this.behind.at(0), unit]);
    if (seen !== this.seen) {
      this.refresh();
      void this.behind.compareShape();
    }
    this.seen = seen;
  }
}
