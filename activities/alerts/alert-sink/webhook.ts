// A webhook, signed as Standard Webhooks says.

import { z } from 'zod';
import type { NoticeKind } from '../../../goals/wire/alerts.ts';
import { StartProblem } from '../../../process/start-problem.ts';
import { keyOfSecret, webhookHeaders } from '../../post-signed.ts';
import { type AlertSink, nameSchema, problemOfUrl, sinkUrlSchema } from '../alert-sink.ts';
import { alertText, goalsOf, lastRun, linkTo } from '../message.ts';

/** What the end of a trouble is called, where it is not that the goal is reached. */
const SETTLED: Partial<Record<NoticeKind, string>> = {
  'lease-stuck': 'lease_cleaned',
  warned: 'warning_over',
};

const HOW = 'whsec_ and the base64 of at least 24 bytes';
const secretSchema = z.string().regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, `must be ${HOW}`);

const schema = z.strictObject({
  name: nameSchema,
  kind: z.literal('webhook'),
  url: sinkUrlSchema,
  secret: secretSchema,
});

export const webhook = {
  kind: 'webhook',
  schema,
  body(delivery, base) {
    const { alert, message } = delivery;
    const settled = SETTLED[alert.kind] ?? 'reached';
    const type = message.what === 'reached' ? settled : alert.kind.replace('-', '_');
    return JSON.stringify({
      type: `goal.${type}`,
      timestamp: message.at,
      data: {
        alert: alert.id,
        text: alertText(delivery, base),
        fingerprint: alert.fingerprint,
        failure: alert.trouble,
        goals: goalsOf(delivery).map((goal) => ({
          goal: goal.goal,
          owner: goal.owner,
          team: goal.team,
          path: goal.path,
          failures: goal.count,
          ...lastRun(goal),
          link: linkTo(base, lastRun(goal)),
          reached: goal.settled?.how === 'reached' ? goal.settled : null,
        })),
        more: alert.more,
      },
    });
  },
  headers: ({ secret }, { message }, body) =>
    webhookHeaders(message.id, new Date(), body, keyOfSecret(secret)),
  secrets: ({ secret }) => [secret],
  ofVariables({ GOALKEEPER_ALERT_WEBHOOK_URL: url, GOALKEEPER_ALERT_WEBHOOK_SECRET: secret }) {
    if (!url && !secret) return null;
    const problem = problemOf(url, secret);
    if (problem !== null) throw new StartProblem('alerts_invalid', problem);
    return { name: 'webhook', kind: 'webhook', url: url ?? '', secret: secret ?? '' };
  },
} as const satisfies AlertSink<z.infer<typeof schema>>;

function problemOf(url: string | undefined, secret: string | undefined): string | null {
  if (!secret)
    return `GOALKEEPER_ALERT_WEBHOOK_URL is set and GOALKEEPER_ALERT_WEBHOOK_SECRET is not; set it to ${HOW}`;
  if (!url)
    return 'GOALKEEPER_ALERT_WEBHOOK_SECRET is set and GOALKEEPER_ALERT_WEBHOOK_URL is not; set it, or drop the secret';
  const problem = problemOfUrl('GOALKEEPER_ALERT_WEBHOOK_URL', url);
  if (problem !== null || secretSchema.safeParse(secret).success) return problem;
  return `GOALKEEPER_ALERT_WEBHOOK_SECRET must be ${HOW}`;
}
