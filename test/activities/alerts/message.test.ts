import { expect, test } from 'vitest';
import { slack } from '../../../activities/alerts/alert-sink/slack.ts';
import { webhook } from '../../../activities/alerts/alert-sink/webhook.ts';
import { alertText, linkTo } from '../../../activities/alerts/message.ts';
import { keyOfSecret, webhookHeaders } from '../../../activities/post-signed.ts';
import type { AlertedGoal, Delivery } from '../../../goals/wire/alerts.ts';

const base = 'https://gk.example';
const alerted = (goal: string, changes: Partial<AlertedGoal> = {}): AlertedGoal => ({
  ...{ goal, team: 'finance', owner: 'ada', path: ['load-day#3', 'import#1'], count: 1, settled: null },
  runs: [{ run: `${goal}:1`, execution: 'e-1', at: '2026-11-20T06:00:00.000Z' }],
  ...changes,
});

function delivery(
  goals: AlertedGoal[],
  message = 'the licence expired',
  what: 'opened' | 'reached' = 'opened',
): Delivery {
  const cause = { run: 'load-day:1', code: 'licence_expired', message };
  return {
    sink: 'webhook',
    message: { id: 'alert-1.1', what, at: '2026-11-20T06:00:02.000Z', goals: goals.map(({ goal }) => goal) },
    alert: {
      ...{ id: 'alert-1', kind: 'failed', at: '2026-11-20T06:00:00.000Z', fingerprint: 'f', more: 0 },
      ...{ goals, acknowledged: null, state: 'open' },
      trouble: { kind: 'dependency', code: 'licence_expired', message: 'needs load-day', path: [], cause },
    },
  };
}

test('the message of one goal says which, whose, why and where', () => {
  expect(alertText(delivery([alerted('revenue', { count: 3 })]), base)).toBe(
    `Goal not reached: revenue (owner ada, team finance)
First true cause: licence_expired: the licence expired
Path: revenue:1 > load-day#3 > import#1
3 failures since the last message
Run: https://gk.example/runs/revenue:1?execution=e-1`,
  );
});

test('the message of a lease says what was left behind, and where to see to it', () => {
  const lease = { run: 'gk-lease:revenue:1:drop-schema:x', execution: 'e-2', at: '2026-11-20T06:00:00.000Z' };
  const told = delivery([alerted('revenue', { path: ['drop-schema#1'], runs: [lease] })], 'it is locked');
  told.alert.kind = 'lease-stuck';
  expect(alertText(told, base)).toBe(
    `Goal with something left behind: revenue (owner ada, team finance)
First true cause: licence_expired: it is locked
Path: gk-lease:revenue:1:drop-schema:x > drop-schema#1
Lease: https://gk.example/leases/gk-lease:revenue:1:drop-schema:x`,
  );
  expect(JSON.parse(webhook.body(told, base)).type).toBe('goal.lease_stuck');
  told.message.what = 'reached';
  expect(alertText(told, base).split('\n')[0]).toBe('Torn down after all: revenue (owner ada, team finance)');
  expect(JSON.parse(webhook.body(told, base)).type).toBe('goal.lease_cleaned');
});

test('goals that the message does not name, as they are muted, are not in it', () => {
  const told = delivery([alerted('revenue'), alerted('costs')]);
  told.message.goals = ['costs'];
  expect(alertText(told, base)).toContain('Goal not reached: costs');
  expect(webhook.body(told, base)).not.toContain('revenue');
});

test('what a job said is text: no line of its own, no markup, no mention, no end', () => {
  const said = `<!channel> & <https://evil.example|Run>\nGoal reached again: revenue ${'x'.repeat(100_000)}`;
  const text = alertText(delivery([alerted('revenue')], said), base);
  expect(text.split('\n').filter((line) => line.startsWith('Goal'))).toEqual([
    'Goal not reached: revenue (owner ada, team finance)',
  ]);
  const sent = JSON.parse(slack.body(delivery([alerted('revenue')], said), base));
  expect(sent.text).toContain('&lt;!channel&gt; &amp; &lt;https://evil.example');
  expect(sent.blocks[0].text).toMatchObject({ type: 'plain_text' });
  expect(sent.blocks[0].text.text.length).toBeLessThanOrEqual(3_000);
});

test('a link holds no more than a link', () => {
  expect(linkTo(base, { run: 'a:1/../x?y#z', execution: 'e&f' })).toBe(
    'https://gk.example/runs/a:1%2F..%2Fx%3Fy%23z?execution=e%26f',
  );
});

// The example of the specification, by an implementation that is not ours (standardwebhooks for JavaScript).
test('a message is signed as Standard Webhooks says', () => {
  const at = new Date(1_614_265_330_000);
  const key = keyOfSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  expect(webhookHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', at, '{"test": 2432232314}', key)).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});
