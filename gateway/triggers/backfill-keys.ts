// The keys that a backfill pursues instead of times: a list of them, or a range of those that the goal declares.

import { BACKFILL_TIMES } from '../../goals/wire/backfill.ts';
import {
  type ExpectedPart,
  expectedKeys,
  inputOfKey,
  type KeyValue,
  partsOfKey,
} from '../../goals/wire/expected-keys.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { PAYLOAD_BYTES } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { inputPath, runKey } from '../../goals/wire/run-id.ts';
import { rangeOf } from '../catalogue/key-range.ts';
import { checkInput } from '../http/check-input.ts';
import { Problem } from '../http/problems.ts';
import type { BackfillBody } from './backfill-body.ts';

/** Declared keys among which one is looked for that its ID does not tell. */
const SEARCHED = 10_000;

const impossible = (detail: string): Problem => new Problem('backfill_impossible', detail);

/** The input of each key, the first period first; a `Problem` where one cannot be made. Undefined where times are asked for. */
export function inputsOfKeys(
  publication: Publication,
  { keys, expected, input = {} }: Pick<BackfillBody, 'keys' | 'expected' | 'input'>,
  now: Date,
): unknown[] | undefined {
  const { goal, key: paths } = publication;
  if (keys === undefined && expected === undefined) return undefined;
  const values =
    keys?.map((key) => valuesOf(publication, key, now)) ?? declaredValues(publication, expected ?? {}, now);
  if (values.length === 0) throw impossible(`${goal} declares no key in that range.`);
  const inputs = values.map((of) => inputOfKey(paths, of, input));
  for (const [i, made] of inputs.entries()) {
    checkInput(publication, made);
    const { id } = runKey(made, paths);
    if (keys !== undefined && id !== keys[i])
      throw impossible(
        `The input that '${keys[i]}' makes has the key '${id}'; give the key as its run's ID has it.`,
      );
  }
  const bytes = jsonBytes(inputs);
  if (bytes > PAYLOAD_BYTES / 2)
    throw impossible(
      `The inputs have ${bytes} bytes; ${PAYLOAD_BYTES / 2} at most, so ask for fewer keys at once.`,
    );
  return inputs;
}

function declaredValues(
  publication: Publication,
  asked: NonNullable<BackfillBody['expected']>,
  now: Date,
): (readonly KeyValue[])[] {
  const { goal, keys: declared } = publication;
  if (declared === undefined)
    throw impossible(`${goal} declares no \`keys\`; give the \`keys\` that you mean, or times.`);
  const range = rangeOf(publication, asked);
  const { total, at } = expectedKeys(declared, now, range === null ? [] : [range]);
  if (total > BACKFILL_TIMES)
    throw impossible(`It has ${total} keys; ${BACKFILL_TIMES} at most, so split the range.`);
  const all = Array.from({ length: total }, (_, n) => at(n)).reverse();
  return all.filter(({ key }) => key.startsWith(asked.prefix ?? '')).map(({ values }) => values);
}

/** The values at the paths of the key: by its parts, or, where the ID has a digest, by the key that is declared so. */
function valuesOf(publication: Publication, key: string, now: Date): readonly KeyValue[] {
  const { goal, key: paths, keys: declared = [], input } = publication;
  const parts = partsOfKey(paths, key);
  if (parts !== null && paths.every((path) => path === inputPath(path)))
    return paths.map((path) => typed(String(parts[path]), path, declared, input));
  const { total, at } = expectedKeys(declared, now);
  const found =
    declared.length === 0 || total > SEARCHED ? [] : Array.from({ length: total }, (_, n) => at(n));
  const known = found.find((one) => one.key === key);
  if (known !== undefined) return known.values;
  throw impossible(
    `The key '${key}' of ${goal} does not tell its parts (${paths.join(', ')}); start its run with its input instead.`,
  );
}

/** A number where the declaration or the schema has one. */
function typed(text: string, path: string, declared: readonly ExpectedPart[], schema: unknown): KeyValue {
  const part = declared.find((one) => one.path === path);
  const listed =
    part !== undefined && 'values' in part ? part.values.find((one) => String(one) === text) : undefined;
  if (listed !== undefined) return listed;
  let at = schema;
  for (const name of path.split('.'))
    at = (at as { properties?: Record<string, unknown> } | undefined)?.properties?.[name];
  const { type } = (at ?? {}) as { type?: unknown };
  return type === 'number' || type === 'integer' ? Number(text) : text;
}
