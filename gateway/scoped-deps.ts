// What the handlers of routes get, as the caller has it: things of other teams are not there. A handler cannot forget to ask,
// as it has no other catalogue, runs or alerts than these.

import { LRUCache } from 'lru-cache';
import { may, type Principal } from './access/principal.ts';
import { mayReveal } from './access/reveal.ts';
import { scopeOf } from './access/scope.ts';
import { scopedCatalogue } from './catalogue/scoped-catalogue.ts';
import type { Role } from './http/route.ts';
import { metricsOf } from './metrics.ts';
import type { RouteDeps } from './route-deps.ts';
import { storyWithoutValues, withoutValues } from './runs/hidden-values.ts';
import { scopedRuns } from './runs/scoped-runs.ts';
import { scopedAlerts } from './scoped-alerts.ts';
import { collectorsOf } from './triggers/collectors.ts';
import { delivering } from './triggers/deliver-event.ts';
import { mailboxesOf } from './triggers/mailboxes.ts';
import { pacersOf } from './triggers/pacers.ts';

/** Sets of teams of which something is kept for a moment. */
const SETS_LIMIT = 100;

/** The dependencies of a route of this role, for this caller. */
export type DepsFor = (principal: Principal, role: Role, notes?: RequestNotes) => RouteDeps;

/** What is noted of a request for the audit, beside its answer. */
export interface RequestNotes {
  /** It is for a thing of another team. */
  foreign(): void;
  /** Sealed values were opened for it. */
  revealed(): void;
}

const NOBODY: RequestNotes = { foreign: () => {}, revealed: () => {} };

/** `whole`: what a caller has who may see everything. */
export function depsFor(whole: RouteDeps): DepsFor {
  const { temporal, log } = whole;
  const collectors = collectorsOf(temporal);
  const mailboxes = mailboxesOf(temporal);
  const pacers = pacersOf(temporal);
  // What remembers, and asks nothing of the caller but whose things are theirs.
  const ofTeams = new LRUCache<string, Pick<RouteDeps, 'deliver' | 'metrics'>>({ max: SETS_LIMIT });
  return (principal, role, notes = NOBODY) => {
    const scope = scopeOf(principal, role, notes.foreign);
    const values = valuesFor(whole, principal, notes);
    // Whoever only reads gets runs as they may be seen; what acts on a run needs it as it is.
    const seen = (runs: RouteDeps['runs']): RouteDeps['runs'] =>
      role === 'viewer' ? { ...runs, story: async (of) => values.shownStory(await runs.story(of)) } : runs;
    if (scope.teams === null) return { ...whole, ...values, principal, scope, runs: seen(whole.runs) };
    const { teams } = scope;
    const catalogue = scopedCatalogue(whole.catalogue, scope);
    const alerts = scopedAlerts(whole.alerts, catalogue, scope);
    const key = JSON.stringify(teams);
    const shared = ofTeams.get(key) ?? {
      deliver: delivering({ temporal, catalogue, collectors, mailboxes, pacers }),
      metrics: metricsOf({ temporal, catalogue, alerts, streams: null, log, teams }),
    };
    ofTeams.set(key, shared);
    return {
      ...whole,
      ...{ principal, scope, catalogue, alerts, ...shared },
      records: { of: (goals, window) => whole.records.of(goals, window, teams) },
      ...values,
      runs: seen(scopedRuns(whole.runs, whole.catalogue, scope)),
      incidents: {
        page: (asked, limit, cursor) => whole.incidents.page({ ...asked, teams }, limit, cursor),
        details: (asked, fingerprint) => whole.incidents.details({ ...asked, teams }, fingerprint),
      },
    };
  };
}

type Values = Pick<RouteDeps, 'shown' | 'shownStory' | 'reveals'>;

/** What of runs a caller sees. Without keys nothing was sealed, or nothing was opened: then it is shown as it is. */
function valuesFor({ access, temporal }: RouteDeps, principal: Principal, notes: RequestNotes): Values {
  const reveals: Values['reveals'] = (team, by = principal) => {
    if (temporal.sealing.ring().ids.length === 0) return true;
    const isOpened = mayReveal(access?.current().file ?? null, by, team);
    if (isOpened) notes.revealed();
    return isOpened;
  };
  const asksShown = (team: string | null): boolean => may(principal, 'approver', team);
  return {
    reveals,
    shown: (run) => (reveals(run.team) ? run : withoutValues(run, asksShown(run.team))),
    shownStory: (story) =>
      reveals(story.run.team) ? story : storyWithoutValues(story, asksShown(story.run.team)),
  };
}
