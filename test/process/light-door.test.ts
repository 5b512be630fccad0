import { AsyncLocalStorage } from 'node:async_hooks';
import { expect, test } from 'vitest';
import { askHost, HostBusy } from '../../process/light-door.ts';
import type { TemporalCaller } from '../../process/start-execution.ts';

test('light-door.1: to a Temporal that does not answer, four updates are in flight and two thousand asks wait', async () => {
  let calls = 0;
  const caller = {
    client: { workflow: { getHandle: () => ({}) } },
    call: () => {
      calls++;
      return new Promise(() => undefined);
    },
  } as unknown as TemporalCaller;
  const publication = {
    ...{ goal: 'light', taskQueue: 'q', outcome: 'It is noted', owner: 'ada', team: 'shop' },
    key: ['n'],
  };
  const why = { kind: 'request' as const, at: '', by: null, reason: null, ref: null };
  const ask = (n: number) =>
    askHost(
      caller,
      publication,
      { n: 0, hosts: 1 },
      { key: `${n}`, input: { n }, why },
      async () => undefined,
    );
  for (let n = 0; n < 4 * 64; n++) ask(n).catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toBe(4);
  for (let n = 0; n < 2000; n++) ask(n).catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(calls).toBe(4);
  await expect(ask(2000)).rejects.toBeInstanceOf(HostBusy);
});

test('light-door.3: an ask that waits too long is refused, and an update has the time of an ask that it carries', async () => {
  const whose = new AsyncLocalStorage<string>();
  const seen: (string | undefined)[] = [];
  const ends: (() => void)[] = [];
  const caller = {
    client: { workflow: { getHandle: () => ({}) } },
    waitMs: 1_500,
    call: () => {
      seen.push(whose.getStore());
      return new Promise((_, reject) => ends.push(() => reject(new Error('its time is over'))));
    },
  } as unknown as TemporalCaller;
  const publication = {
    ...{ goal: 'late', taskQueue: 'q', outcome: 'It is noted', owner: 'ada', team: 'shop' },
    key: ['n'],
  };
  const why = { kind: 'request' as const, at: '', by: null, reason: null, ref: null };
  const ask = (n: number, who: string) =>
    whose.run(who, () =>
      askHost(
        caller,
        publication,
        { n: 0, hosts: 1 },
        { key: `${n}`, input: { n }, why },
        async () => undefined,
      ),
    );
  const early = Array.from({ length: 4 * 64 }, (_, n) => ask(n, 'early'));
  for (const one of early) one.catch(() => undefined);
  await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual(Array(4).fill('early'));
  await expect(ask(1_000, 'late')).rejects.toBeInstanceOf(HostBusy);
  const next = ask(1_001, 'next');
  next.catch(() => undefined);
  const isNext = (): boolean => {
    for (const end of ends.splice(0)) end();
    return seen.includes('next');
  };
  await expect.poll(isNext, { interval: 10, timeout: 10_000 }).toBe(true);
});
