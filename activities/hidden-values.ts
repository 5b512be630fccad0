// Values of secrets, taken out of texts as they are and in the forms in which programs write them. What looks like a
// secret is redact.ts's affair; these are known to be.

import { REDACTED } from '../goals/wire/text/redact.ts';

/** A shorter value would be found in texts where it is nothing of the kind. */
export const SHORTEST_SECRET = 6;

/** From so many characters on a line of a secret is surely of it, as one of a key; `kind: Config` or `-----BEGIN …` may be anyone's. */
const SHORTEST_SURE_LINE = 16;

/** Of each secret so many values are remembered: after a rotation an old one may still be told. */
const VALUES = 10;

/** So much of a text is read: more than is ever kept of one, also when most of it was secrets. */
const READ = 64_000;

const known = new Map<string, string[]>();
let forms: readonly string[] = [];

/** Remembers the value of a secret for as long as this process lives. */
export function knowSecret(name: string, value: string): void {
  const values = known.get(name) ?? [];
  if (values.includes(value)) return;
  known.set(name, [...values, value].slice(-VALUES));
  forms = formsOf([...known.values()].flat());
}

/** The text without the values of any secret that this process knows. */
export function hideSecrets(text: string): string {
  const longest = forms[0]?.length ?? 0;
  if (longest === 0 || text.length <= READ + longest) return hide(text, forms);
  const begin = hide(text.slice(0, READ + longest), forms);
  // The last of it may be the beginning of one.
  return `${begin.slice(0, -longest)}… (${text.length} characters)`;
}

export const hide = (text: string, values: readonly string[]): string =>
  values.reduce((clean, value) => (clean.includes(value) ? clean.replaceAll(value, REDACTED) : clean), text);

/** The values, their lines, and how both are written in JSON, base64 and URLs; the longest first. */
export const formsOf = (values: readonly string[]): string[] =>
  writtenForms(values.flatMap((value) => [value, ...linesOf(value)]));

/** Only what is surely of the value: what takes `kind: Config` for a secret spoils a text here or there, but must fail no run. */
export const sureFormsOf = (value: string): string[] =>
  writtenForms([
    value,
    ...linesOf(value).filter((line) => line.length >= SHORTEST_SURE_LINE && !/\s/.test(line)),
  ]);

const writtenForms = (parts: readonly string[]): string[] =>
  [
    ...new Set(
      parts
        .filter(isLongEnough)
        .flatMap((part) => [part, part.trim(), ...inJson(part), ...inUrls(part), ...inBase64(part)]),
    ),
  ]
    .filter(isLongEnough)
    .sort((a, b) => b.length - a.length);

const isLongEnough = (text: string): boolean => text.trim().length >= SHORTEST_SECRET;

const linesOf = (value: string): string[] => value.split('\n').map((line) => line.trim());

/** Also of JSON in a text of JSON, and of writers that keep to ASCII. */
function inJson(value: string): string[] {
  const once = JSON.stringify(value).slice(1, -1);
  const ascii = once.replace(
    /[\u0080-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [once, ascii].flatMap((text) => [text, JSON.stringify(text).slice(1, -1)]);
}

/** Writers differ in what they escape, in a space, and in the case of their digits. */
function inUrls(value: string): string[] {
  const text = Buffer.from(value).toString();
  const strict = encodeURIComponent(text);
  return [
    strict,
    // Python's quote
    strict.replaceAll('%2F', '/'),
    encodeURI(text),
    new URLSearchParams({ q: text }).toString().slice(2),
  ].flatMap((form) => [form, form.replace(/%[0-9A-F]{2}/g, (digits) => digits.toLowerCase())]);
}

/** By itself, and within what else was encoded with it, as after `user:`: what depends on that is left. */
function inBase64(value: string): string[] {
  const bytes = Buffer.from(value);
  const within = [0, 1, 2].flatMap((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), bytes]);
    const end = Math.floor((whole.length * 8) / 6);
    return (['base64', 'base64url'] as const).map((code) =>
      whole.toString(code).slice(Math.ceil((before * 8) / 6), end),
    );
  });
  return [bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url'), ...within];
}
