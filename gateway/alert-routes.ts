// The routes by which people see who was told, say that they are on it, and close what they accept.

import type { Context, Handler } from 'hono';
import type { Logger } from 'pino';
import type { Mark } from '../goals/wire/alerts.ts';
import { boundedText } from '../goals/wire/text/bounded-text.ts';
import type { Alerts } from './alerts.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import { goalOf } from './catalogue/goals.ts';
import { Problem } from './http/problems.ts';
import { readBody } from './http/read-body.ts';
import { readQuery } from './http/read-query.ts';
import { acceptBody, acknowledgeBody, alertsQuery, muteBody, noQuery, unmuteBody } from './http/requests.ts';
import type { Runs } from './runs/runs.ts';

interface Parts {
  alerts: Alerts;
  catalogue: Catalogue;
  runs: Runs;
  log: Logger;
}

/** Who asks, when and why, as it is kept. */
const markOf = ({ by, reason }: { by: string; reason?: string | undefined }): Mark => ({
  at: new Date().toISOString(),
  by: boundedText(by, 100),
  reason: reason === undefined ? null : boundedText(reason, 300),
});

export function alertRoutes({ alerts, catalogue, runs, log }: Parts) {
  const param = (c: Context, name: string): string => c.req.param(name) ?? '';

  /** 202 when it is kept by Temporal and no worker has done it yet. */
  const answer = (c: Context, isDone: boolean, body: object): Response =>
    isDone
      ? c.json(body)
      : c.json({ ...body, pending: 'It is kept, and takes effect as soon as a worker is up.' }, 202);

  const acknowledged: Handler = async (c) => {
    readQuery(c, noQuery);
    const mark = markOf(await readBody(c, acknowledgeBody));
    const { id } = await alerts.find(param(c, 'id'));
    log.info({ alert: id, by: mark.by }, 'an alert is acknowledged');
    const isDone = await alerts.acknowledge({ id, ...mark });
    return answer(c, isDone, await alerts.find(id));
  };

  const mute = async (c: Context, until: string, mark: Mark): Promise<Response> => {
    const { goal } = await goalOf(catalogue, param(c, 'goal'));
    log.info({ goal, by: mark.by, until }, 'a goal is muted until');
    return answer(c, await alerts.mute({ goal, until, ...mark }), { goal, until, ...mark });
  };
  const muted: Handler = async (c) => {
    readQuery(c, noQuery);
    const { until, ...who } = await readBody(c, muteBody);
    return mute(c, until, markOf(who));
  };
  const unmuted: Handler = async (c) => {
    readQuery(c, noQuery);
    const mark = markOf(await readBody(c, unmuteBody));
    return mute(c, mark.at, mark);
  };

  const accepted: Handler = async (c) => {
    readQuery(c, noQuery);
    const mark = markOf(await readBody(c, acceptBody));
    const found = await runs.find(param(c, 'id'));
    const { id, execution, outcome } = (await runs.story(found)).run;
    if (outcome !== 'failed')
      throw new Problem(
        'run_not_failed',
        `The run ${id} is ${outcome ?? 'under way'}; only a failed one can be accepted.`,
      );
    log.info({ run: id, execution, by: mark.by }, 'a failed run is accepted');
    const isDone = await alerts.accept({ run: id, execution, ...mark });
    return answer(c, isDone, (await runs.story(found)).run);
  };

  const listed: Handler = async (c) => {
    const { state, goal } = readQuery(c, alertsQuery);
    const { alerts: all, mutes } = await alerts.kept();
    const items = all.filter(
      (alert) =>
        (state === undefined || alert.state === state) &&
        (goal === undefined || alert.goals.some((alerted) => alerted.goal === goal)),
    );
    return c.json({ items, next: null, mutes });
  };

  return {
    '/alerts': { GET: listed },
    '/alerts/:id': {
      GET: async (c: Context) => {
        readQuery(c, noQuery);
        return c.json(await alerts.find(param(c, 'id')));
      },
    },
    '/alerts/:id/ack': { POST: acknowledged },
    '/goals/:goal/mute': { POST: muted },
    '/goals/:goal/unmute': { POST: unmuted },
    '/runs/:id/accept': { POST: accepted },
  };
}
