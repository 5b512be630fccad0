// Texts from jobs enter histories, logs and pages: cut and cleaned here, shown as text elsewhere.

// A terminal's colours and titles go as a whole: without its escape character, `[31m` would be left in the text.
const CONTROL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: taking them out is the point
  /\u001b\[[0-9;?]*[A-Za-z]|\u001b\][^\u0007\u001b]{0,200}(?:\u0007|\u001b\\)|[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;
const LONE_SURROGATE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

const CUT = /… \((\d+) characters\)$/;

/** The first `length` characters, or one less where the cut would leave half of a surrogate pair. */
function head(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/**
 * The text without control characters (but newline and tab), U+FFFD for each lone surrogate, at most `limit`
 * characters. A text that was cut ends in how long it was; where that does not fit, in an ellipsis.
 */
export function boundedText(text: string, limit: number): string {
  // Cut first, so that a megabyte costs no more than a line; at twice the limit, as cleaning takes out some.
  const begin = head(text, limit * 2);
  // Surrogates first: two that were apart must not become a pair by what is taken out between them.
  const clean = begin.replace(LONE_SURROGATE, '\ufffd').replace(CONTROL, '');
  if (begin.length === text.length && clean.length <= limit) return clean;
  // What was cut before says itself how long it once was.
  const length = CUT.exec(text.slice(-40))?.[1] ?? text.length;
  const full = `… (${length} characters)`;
  const marker = full.length <= limit ? full : '…'.slice(0, limit);
  return head(clean, limit - marker.length) + marker;
}
