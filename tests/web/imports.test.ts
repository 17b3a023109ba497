/// <reference types="vite/client" />
import { describe, expect, it } from "vitest";

/** Source texts by file name without its ending. */
const sources = Object.fromEntries(
  Object.entries(import.meta.glob<string>("../../web/src/*.ts", { query: "?raw", import: "default", eager: true })).map(
    ([path, text]) => [path.split("/").at(-1)!.replace(/\.ts$/, ""), text],
  ),
);

/** What each file imports from its neighbours. Imports of types count too. */
function importGraph(files: Record<string, string>): Record<string, string[]> {
  const imported = (text: string): string[] =>
    [...text.matchAll(/\b(?:from|import)\s*\(?\s*["']\.\/([\w-]+)["']/g)].map((match) => match[1]!);
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [name, imported(text)]));
}

/** The files of one circle of imports, from a file back to itself, or null. */
function findCircle(graph: Record<string, string[]>): string[] | null {
  const done = new Set<string>();
  const visit = (name: string, path: string[]): string[] | null => {
    if (path.includes(name)) return [...path.slice(path.indexOf(name)), name];
    if (done.has(name)) return null;
    for (const next of graph[name] ?? []) {
      const circle = visit(next, [...path, name]);
      if (circle) return circle;
    }
    done.add(name);
    return null;
  };
  for (const name of Object.keys(graph)) {
    const circle = visit(name, []);
    if (circle) return circle;
  }
  return null;
}

describe("the imports of web/src", () => {
  it("form no circle", () => {
    const graph = importGraph(sources);
    expect(graph.main).toContain("view");
    expect(graph.view).toContain("stage");
    expect(findCircle(graph)).toBeNull();
  });

  it("are read in every notation, and a circle is found", () => {
    const circle = {
      a: 'import {\n  b,\n  type B,\n} from "./b";',
      b: 'import type { C } from "./c";',
      c: 'export * from "./d";',
      d: 'const a = await import("./a");',
      e: 'import "./a"; import { line } from "d3-shape"; import table from "./table.json";',
    };
    expect(importGraph(circle)).toEqual({ a: ["b"], b: ["c"], c: ["d"], d: ["a"], e: ["a"] });
    expect(findCircle(importGraph(circle))).toEqual(["a", "b", "c", "d", "a"]);
    expect(findCircle(importGraph({ ...circle, d: "" }))).toBeNull();
  });
});
