// Who a run's data is about, as far as its goal says where that stands in the input. Lists of runs have a digest of it.

import { valueAt } from './run-id.ts';
import { canonicalJson } from './text/canonical-json.ts';
import { sha256 } from './text/sha256.ts';

/** So many subjects of a run are found by. */
export const SUBJECTS_LIMIT = 8;

/** The digest of a subject: a text, or what is as good as one, such as a number. */
export const subjectDigest = (subject: string): string => sha256(`subject\n${subject}`).slice(0, 32);

/** Those of an input at these paths. A list is as many subjects as it has values; what is missing is none. */
export function subjectDigests(input: unknown, personal: readonly string[]): string[] {
  const values = personal.flatMap((path) => valueAt(input, path)).filter((value) => value != null);
  const texts = values.map((value) => (typeof value === 'string' ? value : canonicalJson(value)));
  return [...new Set(texts)].slice(0, SUBJECTS_LIMIT).map(subjectDigest);
}
