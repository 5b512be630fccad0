// What of a text nobody may see, in this process: known secrets, and what looks like one.

import { boundedText } from '../goals/wire/text/bounded-text.ts';
import { READ, REDACTED, redactedText } from '../goals/wire/text/redact.ts';
import { type Redact, redactionFrom } from '../process/redaction.ts';
import { hideSecrets } from './hidden-values.ts';

let processes: Redact | null = null;

/** Of this process; the built-in patterns until `requireRedaction` has read the others. */
export const redact = (text: string): string => redactAll([text])[0] as string;

export const redactAll: Redact = (texts) =>
  (processes ?? ((given) => given.map(redactedText)))(texts.map(withoutSecrets));

/** Once more when it is clean: what a colour or a NUL tears apart would be whole again. */
const withoutSecrets = (text: string): string => hideSecrets(boundedText(hideSecrets(text), READ));

/** Reads GOALKEEPER_REDACT of this process, once. Throws a `StartProblem`. */
export function requireRedaction(): void {
  processes ??= redactionFrom(process.env);
}

/** What is no text: a number that is a secret, an object whose names are. */
function withoutTold(value: unknown): unknown {
  if (typeof value === 'number') return hideSecrets(String(value)) === REDACTED ? REDACTED : value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [hideSecrets(name), one]));
}

/** A line of a log, as JSON, with the secrets in it replaced. */
export function redactedLine(line: string): string {
  try {
    const texts: string[] = [];
    JSON.parse(line, (_name, value) => {
      if (typeof value === 'string') texts.push(value);
      return value;
    });
    const clean = redactAll(texts);
    let n = 0;
    const whole: unknown = JSON.parse(line, (_name, value) =>
      typeof value === 'string' ? clean[n++] : withoutTold(value),
    );
    return `${JSON.stringify(whole)}\n`;
  } catch {
    return `${JSON.stringify({ msg: redact(line) })}\n`;
  }
}
