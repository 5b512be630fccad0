import { pino } from 'pino';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ArtifactBudget } from '../../../activities/attempts/artifact-budget.ts';
import { AttemptArtifacts } from '../../../activities/attempts/attempt-artifacts.ts';
import { knowSecret } from '../../../activities/hidden-values.ts';
import { artifactsTo } from '../../../goals/artifacts.ts';
import { ARTIFACTS_LIMIT, SENT_BYTES } from '../../../goals/wire/artifact-bounds.ts';
import type { SentArtifacts as Told } from '../../../goals/wire/artifacts.ts';
import { jsonBytes } from '../../../goals/wire/ledger.ts';

let run = 0;
beforeEach(() => void run++);
afterEach(() => void vi.useRealTimers());

const budget = () => ArtifactBudget.of(`load:${run}`, 'e');

/** An attempt of the test's run, and what it has sent. */
function attempt(n: number, send = async (_told: Told): Promise<void> => undefined) {
  const sent: Told[] = [];
  const log: string[] = [];
  const logger = pino({}, { write: (line: string) => void log.push(line) });
  const artifacts = new AttemptArtifacts(
    { step: 'load#1', attempt: n },
    budget(),
    async (told) => {
      await send(told);
      sent.push(told);
    },
    () => logger,
  );
  const names = () => sent.flatMap(({ items }) => items.map(({ name }) => name));
  return { artifacts, make: artifactsTo((...one) => artifacts.keep(...one)), sent, names, log };
}

test('those that are made within a second travel together while the attempt goes on, and the rest at its end', async () => {
  vi.useFakeTimers();
  const { artifacts, make, sent } = attempt(1);
  make.link('a', 'https://example.com');
  make.markdown('b', 'text');
  await vi.advanceTimersByTimeAsync(1000);
  expect(sent).toMatchObject([{ step: 'load#1', attempt: 1, items: [{ name: 'a' }, { name: 'b' }] }]);
  make.markdown('b', 'other');
  await artifacts.end(true);
  make.markdown('late', 'nobody waits for it');
  await vi.advanceTimersByTimeAsync(5000);
  expect(sent[1]).toMatchObject({ items: [{ name: 'b', text: 'other' }] });
  expect(sent).toHaveLength(2);
});

test('an attempt that shows nothing sends nothing', async () => {
  const { artifacts, sent } = attempt(1);
  await artifacts.end(true);
  expect(sent).toEqual([]);
});

// attempt-artifacts.2
test('of attempts after the third only the last sends what it shows, and the others are counted', async () => {
  const all = [1, 2, 3, 4, 5, 6].map((n) => attempt(n));
  for (const [i, { artifacts, make }] of all.entries()) {
    make.markdown(`of ${i + 1}`, 'text');
    await artifacts.end(i === 5);
  }
  expect(all.map(({ names }) => names())).toEqual([['of 1'], ['of 2'], ['of 3'], [], [], ['of 6']]);
  const counted = all.flatMap(({ sent }) => sent.flatMap(({ dropped }) => dropped?.count ?? []));
  expect(counted).toEqual([1, 2]);
});

test('a run gets no more than it keeps, and a count whenever that has doubled', async () => {
  const { artifacts, make, names, sent } = attempt(1);
  for (let n = 0; n < ARTIFACTS_LIMIT + 3; n++) make.markdown(`n${n}`, 'x'.repeat(4000));
  await artifacts.end(true);
  expect(names().length).toBe(ARTIFACTS_LIMIT);
  expect(sent.length).toBeGreaterThan(3);
  for (const told of sent) expect(jsonBytes(told)).toBeLessThan(SENT_BYTES + 1000);
  const counts: number[] = [];
  for (let n = 0; n < 200; n++) {
    const next = attempt(1);
    next.make.markdown('one more', 'text');
    await next.artifacts.end(true);
    counts.push(...next.sent.flatMap(({ dropped }) => dropped?.count ?? []));
    expect(next.names()).toEqual([]);
  }
  expect(counts.length).toBeLessThan(10);
  expect(counts.at(-1)).toBeGreaterThan(100);
});

test('what is too large is counted and said in the log', async () => {
  const { artifacts, make, sent, log } = attempt(1);
  make.image('large', `data:image/png;base64,${'A'.repeat(60_000)}`);
  await artifacts.end(true);
  expect(sent).toMatchObject([{ items: [], dropped: { count: 1 } }]);
  expect(log.join()).toContain('"artifact":"large"');
});

// attempt-artifacts.1
test('a run that takes nothing fails no attempt', async () => {
  const { artifacts, make, log } = attempt(1, async () => {
    throw new Error('Temporal is away');
  });
  make.markdown('a', 'text');
  await artifacts.end(true);
  expect(log.join()).toContain('artifacts could not be sent to the run');
});

test('secrets are taken out of names, texts, cells and addresses, also by the column they stand in', async () => {
  knowSecret('TOKEN', 'known-secret-value');
  const { artifacts, make, sent } = attempt(1);
  make.markdown('with known-secret-value', 'password: hunter22, and known-secret-value');
  make.table('accounts', [
    { user: 'ada', password: 'hunter22', api_key: 123_456, rows: 12, note: 'known-secret-value' },
  ]);
  make.link('there', 'https://ada:hunter22@example.com/');
  await artifacts.end(true);
  const said = JSON.stringify(sent);
  expect(said).not.toContain('hunter22');
  expect(said).not.toContain('known-secret-value');
  expect(sent[0]?.items[1]).toMatchObject({
    columns: ['user', 'password', 'api_key', 'rows', 'note'],
    rows: [['ada', '<redacted>', '<redacted>', 12, '<redacted>']],
  });
});
