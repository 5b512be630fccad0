// A range of one part of a goal's keys, as a request asks for it.

import type { PartRange } from '../../goals/wire/expected-keys.ts';
import { EXAMPLES, periodOf } from '../../goals/wire/periods.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { inputPath } from '../../goals/wire/run-id.ts';
import { Problem } from '../http/problems.ts';

/** Null where none is asked for. `wrong` makes the problem with a field of the request. */
export function rangeOf(
  { goal, key, keys = [] }: Pick<Publication, 'goal' | 'key' | 'keys'>,
  { part, from, to }: { part?: string | undefined; from?: string | undefined; to?: string | undefined },
  {
    isOfPeriods = true,
    wrong = (field: string, what: string): Problem =>
      new Problem('backfill_impossible', `\`${field}\` ${what}.`),
  } = {},
): PartRange | null {
  const paths = key.map(inputPath);
  if (part !== undefined && !paths.includes(part))
    throw wrong('part', `is not a path of the key of ${goal}, which has: ${paths.join(', ')}`);
  const named = part ?? paths[0];
  if (named === undefined || (from === undefined && to === undefined)) return null;
  const declared = keys.find(({ path }) => path === named);
  if (isOfPeriods && declared !== undefined && 'every' in declared)
    for (const [field, text] of [
      ['from', from],
      ['to', to],
    ] as const)
      if (text !== undefined && periodOf(declared.every, text) === null)
        throw wrong(field, `is not of every ${declared.every}; write such as ${EXAMPLES[declared.every]}`);
  return { part: named, from, to };
}
