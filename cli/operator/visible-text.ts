// Texts of jobs, upstreams and callers may hold what steers a terminal, or turns what is read around. Here it becomes symbols.

/** Controls, lone surrogates, and what is invisible or changes the direction of writing. Joiners of emoji and scripts stay. */
const UNSAFE =
  /[\p{Cc}\p{Zl}\p{Zp}\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e0fff}]|\p{Cs}/gu;

/** In one line: `␛` for an escape, `␊` for a new line, `⟨U+202E⟩` for what has no picture of its own. */
export const visibleText = (text: string): string => text.replace(UNSAFE, symbolOf);

/** The lines of a text, each as `visibleText` shows it; a tab stays a space. */
export const visibleLines = (text: string): string[] =>
  text.split(/\r?\n/).map((line) => visibleText(line.replaceAll('\t', '  ')));

function symbolOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '␡';
  if (code >= 0xd800 && code <= 0xdfff) return '\ufffd';
  return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
}

/** JSON in one line that means the same, with escapes for what a terminal would execute. */
export const visibleJson = (value: unknown): string =>
  (JSON.stringify(value) ?? 'null').replace(UNSAFE, (character) => [...character].map(escaped).join(''));

/** As JSON has it: a character outside the first plane is a pair of units. */
const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');

/** How many columns of a terminal a visible text takes. */
export function textWidth(text: string): number {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: of ASCII each takes one column
  if (/^[\x00-\x7f]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of SEGMENTER.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

const SEGMENTER = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
const WIDE =
  /\p{Emoji_Presentation}|\ufe0f|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

/** The text in at most `width` columns: cut at its end, or in its middle where both ends tell it apart. */
export function cutText(text: string, width: number, where: 'end' | 'middle' = 'end'): string {
  if (textWidth(text) <= width) return text;
  if (width < 1) return '';
  const parts = [...SEGMENTER.segment(text)].map(({ segment }) => segment);
  if (where === 'end') return `${taken(parts, width - 1)}…`;
  const tail = Math.floor((width - 1) / 2);
  const end = [...taken([...parts].reverse(), tail, (all) => all.reverse())];
  return `${taken(parts, width - 1 - tail)}…${end.join('')}`;
}

function taken(parts: readonly string[], width: number, order = (all: string[]): string[] => all): string {
  const fitting: string[] = [];
  let left = width;
  for (const part of parts) {
    left -= textWidth(part);
    if (left < 0) break;
    fitting.push(part);
  }
  return order(fitting).join('');
}
