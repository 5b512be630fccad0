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
