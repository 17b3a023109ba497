/** What the nodes of the graph showed in the last runs: pictures and videos that can lie behind the tracks. */

import type { Background } from "./model";

/** What lies behind the tracks. The kind says how its frames are read. */
export interface Backdrop {
  url: string;
  kind: BackdropKind;
  /** Place in the clip, 0..1. */
  time: number;
  /** Whether all of it is shown. Otherwise it is cropped to the frame, as the node crops its picture. */
  whole: boolean;
}

export type BackdropKind = "picture" | "video" | "animation";

/** The pictures of one node, one per frame, or one file that holds all frames. */
export interface Result {
  files: Background[];
  kind: BackdropKind;
  /** Type of the node. A node of another type under the same number belongs to another graph. */
  type?: string;
}

/** Outputs of nodes, as ComfyUI's client reports them, by the number of the node. The newest is the last. */
export class Results {
  private readonly found = new Map<string, Result>();

  add(node: string, type: string | undefined, output: unknown): void {
    const result = readOutput(output);
    if (!result) return;
    this.found.delete(node);
    this.found.set(node, { ...result, type });
  }

  get(node: string): Result | undefined {
    return this.found.get(node);
  }

  /** Numbers of the nodes, the newest result first. */
  nodes(): string[] {
    return [...this.found.keys()].reverse();
  }
}

/** The pictures of a node's output. Core's nodes call them `images`, the Video Helper Suite `gifs`. */
function readOutput(output: unknown): Result | null {
  const { images, gifs } = (output ?? {}) as Record<string, unknown>;
  const files = [images, gifs].find((each): each is Background[] => Array.isArray(each) && isFile(each[0]));
  if (!files) return null;
  const name = files[0]!.filename;
  if (/\.(mp4|webm|mov|mkv|m4v)$/i.test(name)) return { files, kind: "video" };
  return { files, kind: files.length === 1 && /\.(webp|gif|apng)$/i.test(name) ? "animation" : "picture" };
}

function isFile(value: unknown): value is Background {
  return typeof (value as Background | null)?.filename === "string";
}
