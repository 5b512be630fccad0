import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { followRun, type GatewayReader } from '../../../deploy/local/follow-run.ts';
import { Terminal } from '../../../deploy/local/terminal.ts';

const [START, END] = ['2026-11-20T06:00:00.000Z', '2026-11-20T06:00:02.000Z'];

const error = (step: string, attempt: number, code: string, disposition: string) => ({
  ...{ id: `${step}/${attempt}`, step, attempt, code, disposition, message: `${code} it is` },
});
const step = (path: string, state: string, recovered = 0) => ({
  ...{ path, state, kind: 'job', startedAt: START, closedAt: state === 'running' ? null : END },
  errors: { recovered },
});
const run = (steps: object[], more: object = {}) => ({
  ...{ id: 'load:a', outcome: null, startedAt: START, closedAt: null, steps, criteria: [], failure: null },
  ...{ errors: { recovered: 0, handled: 0 }, ...more },
});

/** What is told of a run that is seen so, one look after the other. */
async function toldOf(looks: { run: object; errors: object[] }[]): Promise<string> {
  let look = 0;
  const gateway: GatewayReader = {
    async get<T>(path: string): Promise<T> {
      const seen = looks[Math.min(look, looks.length - 1)];
      if (path.endsWith('/errors')) return { items: seen?.errors } as T;
      look++;
      return seen?.run as T;
    },
  };
  const out = new PassThrough();
  const told = text(out);
  const terminal = new Terminal(out as unknown as NodeJS.WriteStream);
  await followRun(gateway, 'load:a', terminal, new AbortController().signal);
  out.end();
  return told;
}

test('an error that ends its step is never told as one that heals, whenever it is seen', async () => {
  const failing = [error('read#1', 1, 'busy', 'pending'), error('read#1', 2, 'licence_expired', 'pending')];
  const cause = { attempt: 2, class: 'permanent' };
  const failure = { kind: 'job', code: 'licence_expired', message: 'no', path: ['read#1'], cause };
  const told = await toldOf([
    { run: run([step('read#1', 'failed')]), errors: failing },
    {
      run: run([step('read#1', 'failed')], { outcome: 'failed', closedAt: END, failure }),
      errors: [error('read#1', 1, 'busy', 'handled'), error('read#1', 2, 'licence_expired', 'fatal')],
    },
  ]);
  expect(told).not.toMatch(/~.*licence_expired/);
  expect(told).toMatch(/~ read#1 +attempt 1 · busy/);
  expect(told).toContain('FAILED after 2 s · job · licence_expired');
});

test('an error that heals is told while its step is under way, and once', async () => {
  const errors = [error('read#1', 1, 'busy', 'pending')];
  const told = await toldOf([
    { run: run([step('read#1', 'running')]), errors },
    {
      run: run([step('read#1', 'succeeded', 1)], {
        ...{ outcome: 'achieved', closedAt: END, errors: { recovered: 1, handled: 0 } },
      }),
      errors: [error('read#1', 1, 'busy', 'recovered')],
    },
  ]);
  expect(told.match(/~ read#1/g)).toHaveLength(1);
  expect(told).toContain('ACHIEVED in 2 s · 1 error recovered');
});

test('a run that is cancelled tells how many errors were cut off by that', async () => {
  const cancelled = (errors: object) =>
    toldOf([
      {
        run: run([step('read#1', 'cancelled')], { outcome: 'cancelled', closedAt: END, errors }),
        errors: [],
      },
    ]);
  expect(await cancelled({ recovered: 1, handled: 3, cutOff: 2 })).toMatch(
    /CANCELLED after 2 s · 2 errors cut off/,
  );
  expect(await cancelled({ recovered: 0, handled: 1 })).toMatch(/CANCELLED after 2 s$/m);
});
