/** Reads typed text as lists, objects and numbers, as `tora_core/paths/typed_text.py` does. */

export const MAX_TEXT = 4_000_000;
export const MAX_POINTS = 100_000;
const MAX_COMMAS = 4 * MAX_POINTS;
const MAX_DEPTH = 64;
export const NUMBER = String.raw`[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?`;
export const FORMS = "[[10, 20], [30, 40]], or one 'x,y' per line";

const TOKEN = new RegExp(
  String.raw`(?<space>[\s,;]+)|(?<number>${NUMBER})|(?<word>-?[A-Za-z_][\w.]*)` +
    String.raw`|(?<string>"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*')|(?<mark>[\[\](){}:=])`,
  "y",
);
const NAMES = /\s*[:=]/y;
const CLOSING: Record<string, string> = { "[": "]", "(": ")", "{": "}" };
const WORDS: Record<string, unknown> = {
  true: true, false: false, null: null, none: null, nan: NaN, "-nan": NaN,
  inf: Infinity, infinity: Infinity, "-inf": -Infinity, "-infinity": -Infinity,
};

/** Replaces what keyboards and web pages put in place of plain characters. Line numbers stay. */
export function cleanText(text: string): string {
  if (text.length > MAX_TEXT) {
    throw new Error(`expected at most ${MAX_TEXT} characters, got ${text.length}: use fewer points`);
  }
  const plain = text
    .normalize("NFKC")
    .replace(/[\u2010-\u2014\u2212]/g, "-")
    .replace(/[\u201c\u201d\u201e\u00ab\u00bb]/g, '"')
    .replace(/[\u2018\u2019\u201a\u2032]/g, "'")
    .replace(/[\u200b-\u200d\u2060\ufeff\0]/g, "")
    .replaceAll("\u3001", ",")
    .replace(/\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]/g, "\n")
    .trimEnd();
  const commas = plain.length - plain.replaceAll(",", "").length;
  if (commas > MAX_COMMAS) {
    throw new Error(`expected at most ${MAX_POINTS} points, got a text with ${commas} commas: use fewer points`);
  }
  return plain;
}

/** Decodes one value, or a list of several values after each other. The error names line, character and piece. */
export function decodeText(written: string): unknown {
  const text = written.replace(/^[ \t]*(?:#|\/\/)[^\n]*$/gm, "");
  for (const prepare of [(json: string) => json, toJson]) {
    try {
      return JSON.parse(prepare(text));
    } catch {
      // the tolerant reader says why
    }
  }
  return decodeTolerant(text);
}

/** The error for a piece of the text that cannot be read: where it stands, what it is, what to write. */
export function refuse(text: string, at: number, fix: string): Error {
  const piece = text.slice(at, at + 20).split("\n")[0]!;
  const before = text.slice(0, at).split("\n");
  const got = piece === "" ? "the end of the text" : quote(piece);
  return new Error(
    `expected ${FORMS}, got ${got} at line ${before.length}, character ${before.at(-1)!.length + 1}: ${fix}`,
  );
}

export const quote = (text: string): string => (text.includes("'") ? JSON.stringify(text) : `'${text}'`);

const toJson = (text: string): string =>
  text.replaceAll("(", "[").replaceAll(")", "]").replaceAll("'", '"').replace(/,(\s*[\]}])/g, "$1");

interface Open {
  at: number;
  closing: string;
  call: boolean;
  values: unknown[];
  named: Map<string, unknown>;
  key: string | null;
}

const open = (at: number, closing: string, call: boolean): Open => ({
  at, closing, call, values: [], named: new Map(), key: null,
});

/** The value of a bracket. A call such as `array([...], dtype=float)` is its first argument. */
function close(bracket: Open): unknown {
  if (bracket.closing === "}") return Object.fromEntries(bracket.named);
  if (!bracket.call) return bracket.values;
  if (bracket.values.length === 0) return Object.fromEntries(bracket.named);
  return bracket.values.length === 1 || Array.isArray(bracket.values[0]) ? bracket.values[0] : bracket.values;
}

/** Reads values token by token. Commas and semicolons are spaces, names need no quotes, calls are their argument. */
function decodeTolerant(text: string): unknown {
  const top = open(0, "", false);
  const stack = [top];
  let at = 0;
  let separated = true;
  while (at < text.length) {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (!token) throw refuse(text, at, "delete it, or put quotes around a name");
    const [start, piece, groups] = [at, token[0], token.groups!];
    at += piece.length;
    if (groups.space !== undefined) {
      separated = true;
      continue;
    }
    let inner = stack.at(-1)!;
    let value: unknown;
    if (piece === "]" || piece === ")" || piece === "}") {
      if (piece !== inner.closing) {
        throw refuse(text, start, inner.closing ? `write ${inner.closing} before it` : "delete it, because nothing is open here");
      }
      if (inner.key !== null) inner.named.set(inner.key, null);
      value = close(stack.pop()!);
      inner = stack.at(-1)!;
    } else if (piece === ":" || piece === "=") {
      const name = inner.values.at(-1);
      if (inner.key !== null || (typeof name !== "string" && typeof name !== "number")) {
        throw refuse(text, start, "write a name before it");
      }
      inner.key = String(inner.values.pop());
      separated = true;
      continue;
    } else {
      const opens = piece in CLOSING;
      if (!separated && !(opens && inner.values.length > 0)) throw refuse(text, start, "write a comma before it");
      const call = groups.word !== undefined && text[at] === "(";
      if (opens || call) {
        if (stack.length > MAX_DEPTH) {
          throw refuse(text, start, "these lists are nested too deeply; remove the outer brackets");
        }
        stack.push(open(start, CLOSING[piece] ?? ")", call));
        if (call) at += 1;
        separated = true;
        continue;
      }
      value = toValue(text, start, piece, groups, inner.key !== null || isName(text, at));
    }
    separated = false;
    if (inner.key === null) inner.values.push(value);
    else inner.named.set(inner.key, value);
    inner.key = null;
    if (inner.closing === "}" && inner.values.length > 0 && !isName(text, at)) {
      throw refuse(text, start, "write a name and a colon before it, such as {x: 10, y: 20}");
    }
  }
  const unclosed = stack.at(-1)!;
  if (stack.length > 1) throw refuse(text, unclosed.at, `write ${unclosed.closing} at its end`);
  if (top.named.size > 0) return Object.fromEntries(top.named);
  return top.values.length === 1 ? top.values[0] : top.values;
}

function isName(text: string, at: number): boolean {
  NAMES.lastIndex = at;
  return NAMES.test(text);
}

function toValue(text: string, start: number, piece: string, groups: Record<string, string>, named: boolean): unknown {
  if (groups.number !== undefined) return Number(piece);
  if (groups.string !== undefined) return piece.slice(1, -1).replaceAll(`\\${piece[0]}`, piece[0]!);
  if (piece.toLowerCase() in WORDS && !isName(text, start + piece.length)) return WORDS[piece.toLowerCase()];
  if (named) return piece;
  throw refuse(text, start, `write coordinates such as ${FORMS}`);
}
