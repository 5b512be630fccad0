/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// What can be done with schedules, leases and alerts.

import type { Alert } from '../../../goals/wire/alerts.ts';
import type { LeaseView, ScheduleView } from '../../../goals/wire/answers.ts';
import { asked } from '../asking.ts';
import type { PageReader } from '../reader.ts';
import { Quoted } from '../text.tsx';
import type { ActionRow } from './action.ts';
import { goalPath } from './run-places.ts';

const STEERING = {
  pause: ['Pause', 'It starts nothing until the pause ends.', 'needed', 'paused'],
  unpause: ['Unpause', 'It starts runs again as its times come.', 'needed', 'unpaused'],
  trigger: ['Trigger', 'It starts what it would start at one of its times, now.', 'taken', 'triggered'],
} as const;

export const steerScheduleRow: ActionRow = {
  path: /^\/schedules\/([^/]+)\/(pause|unpause|trigger)$/,
  async open([id, given], { ask }) {
    const verb = given as keyof typeof STEERING;
    const [words, lead, reason, done] = STEERING[verb];
    const at = `/schedules/${encodeURIComponent(id)}`;
    const { goal, name, team } = await asked<ScheduleView>(ask, at);
    return {
      sentence: `${words} the schedule ${name} of ${goal}`,
      screen: '/schedules',
      crumbs: [
        { words: 'Schedules', href: '/schedules' },
        { words: goal, href: goalPath(goal) },
        { words: name },
      ],
      ...{ role: 'operator', team, reason, done, lead, fields: [], isKeyed: verb === 'trigger' },
      buttons: [{ words: `${words} the schedule` }],
      to: `${at}/${verb}`,
      after: () => '/schedules',
    };
  },
};

export const retryLeaseRow: ActionRow = {
  path: /^\/leases\/([^/]+)\/retry$/,
  async open([id], { ask }) {
    const at = `/leases/${encodeURIComponent(id)}`;
    const lease = await asked<LeaseView>(ask, at);
    return {
      sentence: `Retry the teardown of ${lease.name ?? lease.id}`.slice(0, 300),
      screen: '/operations',
      crumbs: [{ words: 'Leases', href: '/leases' }, { words: 'Retry' }],
      ...{ role: 'operator', team: lease.team, reason: 'needed', done: 'retried' },
      lead: (
        <>
          The worker attempts <bdi class="mono">{lease.job}</bdi> again, now. It failed {lease.failed} times
          {lease.errors.at(-1) === undefined ? null : (
            <>
              : <Quoted text={lease.errors.at(-1)?.message ?? ''} limit={300} />
            </>
          )}
        </>
      ),
      fields: [],
      buttons: [{ words: 'Retry now' }],
      to: `${at}/retry`,
      after: () => '/leases',
    };
  },
};

/** An alert is quieted for all of its goals: the team of one of them for which the reader may not, where there is one. */
export function teamOfAlert({ goals, more, shared }: Alert, reader: PageReader): string | null {
  if (shared === true || more > 0) return null;
  const one = goals.find(({ team }) => !reader.may('operator', team)) ?? goals[0];
  return one?.team ?? null;
}

export const acknowledgeRow: ActionRow = {
  path: /^\/alerts\/([^/]+)\/ack$/,
  async open([id], { ask, reader }) {
    const at = `/alerts/${encodeURIComponent(id)}`;
    const alert = await asked<Alert>(ask, at);
    const { trouble } = alert;
    return {
      sentence: 'Say that you are on it',
      screen: '/operations',
      crumbs: [
        { words: 'Alerts', href: '/alerts' },
        { words: id, href: at },
      ],
      role: 'operator',
      team: teamOfAlert(alert, reader),
      ...{ reason: 'taken', done: 'acknowledged' },
      lead: (
        <>
          Further failures of the same trouble stay quiet:{' '}
          <Quoted text={trouble.cause?.message ?? trouble.message} limit={300} />
        </>
      ),
      fields: [],
      buttons: [{ words: 'I am on it' }],
      to: `${at}/ack`,
      after: () => at,
    };
  },
};
