// Values of secrets, taken out of texts as they are and in the forms in which programs write them. What looks like a
// secret is redact.ts's affair; these are known to be.

import { REDACTED } from '../goals/wire/redact.ts';

/** A shorter value would be found in texts where it is nothing of the kind. */
export const SHORTEST_SECRET = 6;

/** Of each secret so many values are remembered: after a rotation an old one may still be told. */
const VALUES = 10;

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
export const hideSecrets = (text: string): string => hide(text, forms);

export const hide = (text: string, values: readonly string[]): string =>
  values.reduce((clean, value) => (clean.includes(value) ? clean.replaceAll(value, REDACTED) : clean), text);

/** The values, their lines, and how both are written in JSON, base64 and URLs; the longest first. */
export function formsOf(values: readonly string[]): string[] {
  const whole = values.flatMap((value) => [value, ...value.split('\n').map((line) => line.trim())]);
  const written = whole.flatMap((value) => [
    value,
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('base64').replace(/=+$/, ''),
    Buffer.from(value).toString('base64url'),
    encodeURIComponent(Buffer.from(value).toString()),
  ]);
  return [...new Set(written)]
    .filter((form) => form.length >= SHORTEST_SECRET)
    .sort((a, b) => b.length - a.length);
}
