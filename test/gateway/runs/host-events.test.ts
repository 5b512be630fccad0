// Which calls of Temporal it takes to read of many runs of one host.

import { expect, test } from 'vitest';
import { hostEvents } from '../../../gateway/runs/host-events.ts';
import type { Temporal } from '../../../gateway/temporal/temporal.ts';

const PAGE = 500;

/** A host whose history grows, and what was asked of Temporal. */
function growing() {
  const events: object[] = [
    { eventId: 1, workflowExecutionStartedEventAttributes: { input: { payloads: [] } } },
  ];
  const calls: string[] = [];
  const answer = (update: string): void => {
    const accepted = { acceptedRequest: { meta: { updateId: update } } };
    events.push({ eventId: events.length + 1, workflowExecutionUpdateAcceptedEventAttributes: accepted });
    const completed = { meta: { updateId: update } };
    events.push({ eventId: events.length + 1, workflowExecutionUpdateCompletedEventAttributes: completed });
  };
  const service = {
    async getWorkflowExecutionHistory({ nextPageToken }: { nextPageToken: Uint8Array | null }) {
      const from = nextPageToken === null ? 0 : Number(Buffer.from(nextPageToken).toString());
      calls.push(`from ${from}`);
      const page = events.slice(from, from + PAGE);
      return { history: { events: page }, nextPageToken: Buffer.from(String(from + page.length)) };
    },
  };
  const described = async () => {
    calls.push('describe');
    return { historyLength: events.length, historySize: events.length * 100 };
  };
  const temporal = {
    client: { workflow: { getHandle: () => ({ describe: described }) } },
    namespace: 'default',
    call: (make: (of: typeof service) => Promise<unknown>) => make(service),
  } as unknown as Temporal;
  const of = (update: string) => hostEvents(temporal, 'one', { n: 0, host: 'a', update, place: 0 });
  return { answer, calls, of, names: async (update: string) => (await of(update)).length };
}

test('host-events.1: what many ask of a host at once is read once, and later only what has come since', async () => {
  const { answer, calls, names } = growing();
  for (let i = 0; i < 400; i++) answer(`u${i}`);
  const all = Array.from({ length: 400 }, (_, i) => names(`u${i}`));
  expect(new Set(await Promise.all(all))).toEqual(new Set([3]));
  expect(calls).toEqual(['describe', 'from 0', 'from 500']);
  answer('later');
  expect(await names('later')).toBe(3);
  expect(calls.slice(3)).toEqual(['describe', 'from 801']);
  expect(await names('u7')).toBe(3);
  expect(calls).toHaveLength(5);
});

test('of an update that there is not, it has the start alone', async () => {
  const { answer, of } = growing();
  answer('u0');
  expect(await of('u1')).toHaveLength(1);
});
