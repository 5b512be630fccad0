// What a form asks, and the body that its answers make: nothing is guessed, and what cannot be read is said at its field. A field
// that is left empty is absent from the body, or null where it says so.

import { inexactIn, misreadAs } from '../../../goals/wire/text/inexact.ts';
import type { FieldError } from '../../http/problems.ts';

export interface FormField {
  /** Where its value lies in the body. */
  at: readonly (string | number)[];
  words: string;
  /**
   * `flag`: true where it is ticked, else absent. `ticks`: a list of those that are ticked. `hidden`: sent as it is.
   */
  kind: 'text' | 'long' | 'date' | 'number' | 'json' | 'choice' | 'flag' | 'ticks' | 'hidden';
  hint?: string | undefined;
  isRequired?: boolean;
  /** Of a choice or ticks. */
  choices?: readonly unknown[];
  value?: string | undefined;
  /** It is null where it is left empty, instead of absent. */
  isNullable?: boolean;
  /** Few need it: it is folded away. */
  isRare?: boolean;
}

/** The name of a field in the form, which is the path that problems of it have. */
export const nameOf = ({ at }: Pick<FormField, 'at'>): string => at.join('.');

/** A choice as its option has it. */
export const choiceText = (choice: unknown): string =>
  typeof choice === 'string' ? choice : JSON.stringify(choice);

export interface ReadForm {
  body: Record<string, unknown>;
  errors: FieldError[];
}

/** The body of a form that was sent, and what is wrong with its fields. */
export function readForm(fields: readonly FormField[], form: URLSearchParams): ReadForm {
  const body: Record<string, unknown> = {};
  const errors: FieldError[] = [];
  for (const field of fields) {
    const read = readField(field, form);
    if (read === null) continue;
    if ('wrong' in read) errors.push({ path: nameOf(field), message: read.wrong });
    else setAt(body, field.at, read.value);
  }
  return { body, errors };
}

type Read = { value: unknown } | { wrong: string } | null;

function readField(field: FormField, form: URLSearchParams): Read {
  const name = nameOf(field);
  if (field.kind === 'ticks') return form.has(name) ? { value: form.getAll(name) } : null;
  // Browsers send the ends of lines as two characters.
  const given = (form.get(name) ?? '').replaceAll('\r\n', '\n');
  const text = field.kind === 'text' || field.kind === 'long' ? given : given.trim();
  if (text === '') {
    if (!field.isRequired) return null;
    return field.isNullable ? { value: null } : { wrong: 'is missing' };
  }
  if (field.kind === 'flag') return { value: true };
  if (field.kind === 'choice') return choiceIn(field, text);
  if (field.kind === 'number') return numberIn(text);
  if (field.kind === 'json') return jsonIn(text);
  return { value: text };
}

function choiceIn({ choices = [] }: FormField, text: string): Read {
  const at = choices.map(choiceText).indexOf(text);
  return at === -1
    ? { wrong: `must be one of ${choices.map(choiceText).join(', ')}` }
    : { value: choices[at] };
}

function numberIn(text: string): Read {
  if (!/^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text))
    return { wrong: 'is not a number, such as 12 or 0.5' };
  return jsonIn(text);
}

function jsonIn(text: string): Read {
  try {
    const value: unknown = JSON.parse(text);
    const inexact = inexactIn(text);
    return inexact === null ? { value } : { wrong: `is ${misreadAs(inexact.number, inexact.becomes)}` };
  } catch {
    return { wrong: 'is not JSON; a text stands in quotes, such as "abc"' };
  }
}

function setAt(body: Record<string, unknown>, at: FormField['at'], value: unknown): void {
  let place: Record<string | number, unknown> = body;
  for (const [i, part] of at.entries()) {
    if (i === at.length - 1) {
      // A field may be called __proto__.
      Object.defineProperty(place, part, { value, enumerable: true, writable: true, configurable: true });
      return;
    }
    const next = at[i + 1];
    if (!Object.hasOwn(place, part)) place[part] = typeof next === 'number' ? [] : {};
    place = place[part] as Record<string | number, unknown>;
  }
}

/** The field that a problem is of: the one at its path, or that the path lies in; null where there is none. */
export function fieldAt(fields: readonly FormField[], path: string): FormField | null {
  const lies = fields.filter((field) => path === nameOf(field) || path.startsWith(`${nameOf(field)}.`));
  return lies.sort((a, b) => nameOf(b).length - nameOf(a).length)[0] ?? null;
}
