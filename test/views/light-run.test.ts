// A light run out of its host's history, whoever asked for its key how often.

import { expect, test } from 'vitest';
import { aboutGoal } from '../../goals/wire/light.ts';
import { lastOfKey, payloadOf, timeOf } from '../../views/light-run.ts';

const about = aboutGoal({ outcome: 'It is mailed', owner: 'post', team: 'post', key: ['key'] } as never);
const payloads = (value: unknown) => ({ payloads: [payloadOf(value)] });
const ask = (key: string) => ({
  ...{ key, input: { key } },
  why: { kind: 'request', at: '', by: null, reason: null, ref: null },
});
const achieved = {
  ...{ end: 'achieved', begun: 1, closed: 5, criteria: [], steps: [], execution: 'h.0.u.0' },
};
const joined = { end: 'same', how: 'joined', execution: 'h.0.u.0' };
const refused = { end: 'refused', code: 'input_differs', message: '' };

function history(...updates: { id: string; keys: string[]; answers: object[] | null }[]) {
  const started = {
    workflowExecutionStartedEventAttributes: {
      input: payloads({ gk: 1, goal: 'mail', about, n: 0, hosts: 1, earlier: null }),
    },
  };
  return [
    started,
    ...updates.flatMap(({ id: updateId, keys, answers }) => [
      {
        eventTime: timeOf(1),
        workflowExecutionUpdateAcceptedEventAttributes: {
          acceptedRequest: {
            meta: { updateId },
            input: { args: payloads({ gk: 1, runs: keys.map(ask) }) },
          },
        },
      },
      ...(answers === null
        ? []
        : [
            {
              workflowExecutionUpdateCompletedEventAttributes: {
                meta: { updateId },
                outcome: { success: payloads({ gk: 1, answers }) },
              },
            },
          ]),
    ]),
  ];
}

test('a run that one request begins and that others in the same update join is found', () => {
  const events = history(
    { id: 'one', keys: ['a', 'b', 'a', 'a'], answers: [achieved, achieved, joined, joined] },
    { id: 'two', keys: ['a', 'a'], answers: [joined, refused] },
  );
  expect(lastOfKey(events, 'a')).toEqual({ update: 'one', place: 0 });
  expect(lastOfKey(events, 'b')).toEqual({ update: 'one', place: 1 });
  expect(lastOfKey(events, 'c')).toBeNull();
});

test('of two runs of a key the later is the last, and one that is under way counts', () => {
  const events = history(
    { id: 'one', keys: ['a'], answers: [achieved] },
    { id: 'two', keys: ['a', 'a'], answers: [achieved, joined] },
  );
  expect(lastOfKey(events, 'a')).toEqual({ update: 'two', place: 0 });
  expect(lastOfKey(history({ id: 'one', keys: ['a'], answers: null }), 'a')).toEqual({
    update: 'one',
    place: 0,
  });
});
