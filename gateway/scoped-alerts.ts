// Alerts as a caller has them: those about its teams' goals, and of them nothing about the goals of others.

import type { Alert } from '../goals/wire/alerts.ts';
import { parseRunId } from '../goals/wire/run-id.ts';
import type { TeamScope } from './access/scope.ts';
import { type Alerts, unknownAlert } from './alerts.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import { Problem } from './http/problems.ts';

/** `catalogue`: the caller's. */
export function scopedAlerts(alerts: Alerts, catalogue: Catalogue, scope: TeamScope): Alerts {
  if (scope.teams === null) return alerts;
  return {
    ...alerts,
    async kept() {
      const [{ alerts: all, mutes, ...rest }, goals] = await Promise.all([alerts.kept(), catalogue.all()]);
      const theirs = new Set(goals.map(({ goal }) => goal));
      return {
        ...rest,
        alerts: all.flatMap((alert) => partOf(alert, scope) ?? []),
        mutes: mutes.filter(({ goal }) => theirs.has(goal)),
      };
    },
    async find(id) {
      const alert = await alerts.find(id);
      const part = partOf(alert, scope);
      if (part !== null) return part;
      // Of a team that the caller knows it is said that the role is missing.
      for (const { team } of alert.goals) scope.admits(team);
      throw unknownAlert();
    },
    async acknowledge(body) {
      const { goals, more } = await alerts.find(body.id);
      // It quiets the alert for all of its goals.
      if (more === 0 && goals.every(({ team }) => scope.holds(team))) return alerts.acknowledge(body);
      throw new Problem('role_missing', 'The alert is also about goals of teams that are not the caller’s.', {
        members: { role: 'operator' },
      });
    },
  };
}

/** What of an alert is about these teams' goals; null when nothing is. */
function partOf(alert: Alert, scope: TeamScope): Alert | null {
  const goals = alert.goals.filter(({ team }) => scope.holds(team));
  if (goals.length === 0) return null;
  if (goals.length === alert.goals.length && alert.more === 0) return alert;
  const names = new Set(goals.map(({ goal }) => goal));
  const { cause } = alert.trouble;
  const isTheirs = cause !== null && names.has(parseRunId(cause.run)?.goal ?? '');
  return {
    ...alert,
    goals,
    more: 0,
    shared: true,
    trouble: isTheirs ? alert.trouble : { ...alert.trouble, path: goals[0]?.path ?? [], cause: null },
    messages: alert.messages.map((message) => ({
      ...message,
      goals: message.goals.filter((goal) => names.has(goal)),
    })),
  };
}
