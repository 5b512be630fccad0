// Whatever takes Slack's incoming webhooks. Its address is its secret.

import { z } from 'zod';
import { boundedText } from '../../../goals/wire/text/bounded-text.ts';
import { StartProblem } from '../../../process/start-problem.ts';
import { type AlertSink, nameSchema, problemOfUrl, sinkUrlSchema } from '../alert-sink.ts';
import { alertText } from '../message.ts';

/** Slack takes 3,000 characters a block. */
const SLACK_LIMIT = 2_900;

const schema = z.strictObject({ name: nameSchema, kind: z.literal('slack'), url: sinkUrlSchema });

export const slack = {
  kind: 'slack',
  schema,
  /** Its blocks take plain text as it is; only the fallback has to be escaped. */
  body(delivery, base) {
    const text = boundedText(alertText(delivery, base), SLACK_LIMIT);
    return JSON.stringify({
      text: text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
      blocks: [{ type: 'section', text: { type: 'plain_text', text, emoji: false } }],
    });
  },
  headers: () => ({}),
  secrets: () => [],
  ofVariables({ GOALKEEPER_ALERT_SLACK_URL: url }) {
    if (!url) return null;
    const problem = problemOfUrl('GOALKEEPER_ALERT_SLACK_URL', url);
    if (problem !== null) throw new StartProblem('alerts_invalid', problem);
    return { name: 'slack', kind: 'slack', url };
  },
} as const satisfies AlertSink<z.infer<typeof schema>>;
