// Which light runs used an outcome, over a stand-in for Temporal that has one host.

import { expect, test } from 'vitest';
import { aboutGoal, lightExecution } from '../../goals/wire/light.ts';
import { lightHostId } from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { type DoubtSource, usersOf } from '../../views/doubts.ts';
import { payloadOf, timeOf } from '../../views/light-run.ts';

const HOST = '01a1fc20-9acd-7164-ab36-e22f306ec515';
const NOW = Date.parse('2026-11-20T12:00:00Z');
const [used, other] = [0, 1].map((place) =>
  lightExecution({ n: 0, host: HOST, update: 'control00000', place }),
) as [string, string];

const mail = { goal: 'mail', owner: 'post', team: 'post', needs: [], light: { hosts: 1 } };
const goals = [
  { goal: 'control', needs: [], light: { hosts: 1 } },
  { ...mail, outcomes: [{ goal: 'control', on: 'achieved', input: {} }] },
  { ...mail, goal: 'apart' },
] as unknown as Publication[];

const about = aboutGoal({ outcome: 'It is mailed', owner: 'post', team: 'post', key: ['key'] } as never);
const ask = (key: string, why: object) => ({
  ...{ key, input: { key } },
  why: { kind: 'outcome', at: '', by: null, reason: null, ref: 'control:1', ...why },
});
const achieved = (place: number) => ({
  ...{ end: 'achieved', begun: NOW, closed: NOW + 5, criteria: [], steps: [] },
  execution: lightExecution({ n: 0, host: HOST, update: 'mail00000000', place }),
});
const payloads = (value: unknown) => ({ payloads: [payloadOf(value)] });
const accepted = (updateId: string, ...runs: object[]) => ({
  eventTime: timeOf(NOW),
  workflowExecutionUpdateAcceptedEventAttributes: {
    acceptedRequest: { meta: { updateId }, input: { args: payloads({ gk: 1, runs }) } },
  },
});

const events = [
  {
    workflowExecutionStartedEventAttributes: {
      input: payloads({ gk: 1, goal: 'mail', about, n: 0, hosts: 1, earlier: null }),
    },
  },
  accepted(
    'mail00000000',
    ask('a', { execution: used }),
    ask('b', { execution: other }),
    ask('c', { ref: 'control:2', execution: used }),
    ask('d', { kind: 'request', ref: null }),
  ),
  {
    workflowExecutionUpdateCompletedEventAttributes: {
      meta: { updateId: 'mail00000000' },
      outcome: { success: payloads({ gk: 1, answers: [0, 1, 2, 3].map(achieved) }) },
    },
  },
  accepted('mail00000001', ask('e', { execution: used })),
];

test('light runs that the outcome started used it, and no other execution of the same run', async () => {
  const queries: string[] = [];
  const source: DoubtSource = {
    async list(query) {
      queries.push(query);
      const isOfHosts = query.includes('gk-light-host');
      const execution = { workflowId: lightHostId('mail', 0), runId: HOST };
      return { executions: isOfHosts ? [{ execution }] : [] };
    },
    events: async (id) => (id === 'control:1' ? [{ eventTime: timeOf(NOW - 1) }] : events) as never,
  };
  const root = [{ run: 'control:1', execution: used, path: ['control:1'] }];
  const first = await usersOf(source, goals, root, null);
  expect(first.users).toEqual([]);
  const then = await usersOf(source, goals, root, first.next);
  expect(then.next).toBeNull();
  expect(then.users).toMatchObject([
    {
      ...{ run: 'mail:a', goal: 'mail', state: 'achieved', team: 'post', owner: 'post', through: 'outcome' },
      ...{ of: { run: 'control:1', execution: used }, path: ['control:1', 'mail:a'] },
    },
  ]);
  expect(then.underWay).toBe(1);
  // Hosts of goals that do not hear of it are not read, nor what ended before it was achieved.
  expect(queries.at(-1)).not.toContain('apart');
  expect(queries.at(-1)).toContain(`CloseTime >= '${new Date(NOW - 1 - 10_000).toISOString()}'`);
});
