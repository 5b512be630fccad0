import { expect, test } from 'vitest';
import { ARTIFACTS_BYTES, ARTIFACTS_LIMIT } from '../../goals/wire/artifact-bounds.ts';
import type { DatedArtifact } from '../../goals/wire/artifacts.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import { ArtifactBook } from '../../views/artifacts.ts';

const text = (name: string, said = name): DatedArtifact => ({
  ...{ kind: 'markdown', name, at: '2026-11-20T05:00:00.000Z', text: said },
});

const signal = (told: unknown) => ({
  workflowExecutionSignaledEventAttributes: {
    signalName: 'gk-artifacts',
    input: {
      payloads: [
        {
          metadata: { encoding: Buffer.from('json/plain') },
          data: Buffer.from(JSON.stringify(told)),
        },
      ],
    },
  },
});

test('one that is made again in its attempt takes the place of the one before; another attempt has its own', () => {
  const book = new ArtifactBook();
  book.read(signal({ step: 'load#1', attempt: 1, items: [text('a', 'old'), text('b')] }));
  book.read(signal({ step: 'load#1', attempt: 1, items: [text('a', 'new')] }));
  book.read(signal({ step: 'load#1', attempt: 2, items: [text('a', 'second')] }));
  book.ofPursue([text('a', 'of pursue')]);
  expect(
    book.told?.items.map(({ step, attempt, name, ...rest }) => [
      step,
      attempt,
      name,
      'text' in rest && rest.text,
    ]),
  ).toEqual([
    ['load#1', 1, 'a', 'new'],
    ['load#1', 1, 'b', 'b'],
    ['load#1', 2, 'a', 'second'],
    [null, null, 'a', 'of pursue'],
  ]);
});

test('a run that shows nothing has nothing; garbage shows nothing, and other signals are none of it', () => {
  const book = new ArtifactBook();
  expect(book.read(signal({ step: 'load#1', items: 'many' }))).toBe(true);
  expect(book.read({ workflowExecutionSignaledEventAttributes: { signalName: 'gk-annotate' } })).toBe(false);
  expect(book.told).toBeNull();
});

test('what is beyond the bounds is counted, here and where it was made', () => {
  const book = new ArtifactBook();
  const items = Array.from({ length: ARTIFACTS_LIMIT + 5 }, (_, n) => text(`n${n}`));
  book.read(signal({ step: 'load#1', attempt: 1, items, dropped: { by: 'w1', count: 2 } }));
  book.read(signal({ step: 'load#2', attempt: 1, items: [], dropped: { by: 'w1', count: 4 } }));
  book.read(signal({ step: 'load#3', attempt: 1, items: [], dropped: { by: 'w2', count: 1 } }));
  book.ofPursue([], 3);
  expect(book.told?.items).toHaveLength(ARTIFACTS_LIMIT);
  expect(book.told?.dropped).toBe(5 + 4 + 1 + 3);
});

test('all of a run have no more than its bytes', () => {
  const book = new ArtifactBook();
  const items = Array.from({ length: 40 }, (_, n) => text(`n${n}`, 'x'.repeat(40_000)));
  book.read(signal({ step: 'load#1', attempt: 1, items }));
  const { items: kept = [], dropped } = book.told ?? {};
  expect(jsonBytes(kept)).toBeLessThanOrEqual(ARTIFACTS_BYTES + kept.length + 1);
  expect(kept.length + (dropped ?? 0)).toBe(40);
  expect(kept.length).toBeGreaterThan(20);
});
