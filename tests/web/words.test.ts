import { afterEach, describe, expect, it } from "vitest";
import { EXPORTS } from "../../web/src/exports";
import { EASES, KINDS, SPEEDS } from "../../web/src/model";
import { PRESET_NAMES } from "../../web/src/presets";
import { HELP, setLanguage, t, tIn } from "../../web/src/words";

const SOURCES = import.meta.glob<string>("../../web/src/**/*.ts", { query: "?raw", import: "default", eager: true });
/** Every text that the editor's code passes to `t`. */
const TEXTS = Object.values(SOURCES).flatMap((text) => [...text.matchAll(/\bt\("([^"]+)"/g)].map((match) => match[1]!));
/** Names that stay as they are in every language. */
const NAMES = ["TRACKS", "Ctrl+V"];
const LISTED = [...HELP.flat(), ...EXPORTS, ...EASES.map((ease) => (ease === "linear" ? "spline" : ease)), ...KINDS, ...SPEEDS, ...PRESET_NAMES];

describe("the editor in Chinese", () => {
  afterEach(() => setLanguage("en"));

  it("has every text of the code", () => {
    setLanguage("zh-CN");
    const missing = [...TEXTS, ...LISTED].filter((text) => !NAMES.includes(text) && t(text) === text);
    expect(TEXTS.length).toBeGreaterThan(60);
    expect(missing).toEqual([]);
  });

  it("puts values where the English text has them", () => {
    expect(t("Imported {} tracks.", 3)).toBe("Imported 3 tracks.");
    setLanguage("zh");
    for (const text of TEXTS) expect(t(text).split("{}").length).toBe(text.split("{}").length);
  });

  it("tells a straight line from an even pace", () => {
    setLanguage("zh");
    expect(tIn("ease", "linear")).not.toBe(t("linear"));
    setLanguage("en");
    expect(tIn("ease", "linear")).toBe("linear");
  });
});
