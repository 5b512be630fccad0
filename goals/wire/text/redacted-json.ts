// A value as a person may see it in a run's memo: without secrets, and bounded.

import { boundedText } from './bounded-text.ts';
import { REDACTED, redactedText } from './redact.ts';

/** Of JSON: what is shown to a person travels in the memo of its run. */
export const SHOWN_LENGTH = 8_000;

/**
 * A value as people are shown it: as JSON has it, with what looks like a secret taken out. What is longer than
 * SHOWN_LENGTH becomes the beginning of its JSON, in a text that says how long it was. Throws for what is no JSON.
 */
export function redactedJson(value: unknown): unknown {
  const json = JSON.stringify(value, (name, part: unknown) =>
    typeof part === 'string' ? redactedPart(name, part) : part,
  );
  if (json === undefined) return null;
  return json.length > SHOWN_LENGTH ? boundedText(json, SHOWN_LENGTH) : JSON.parse(json);
}

/** A text may be a secret by itself, or by the name that it has in its object. */
function redactedPart(name: string, text: string): string {
  if (text === '') return text;
  const named = redactedText(`"${name}": "${text.replace(/["\\\n]/g, ' ')}"`);
  return named === `"${name}": ${REDACTED}` ? REDACTED : redactedText(text);
}
