// What the handlers of routes get, and how a route is written: `export const showGoal = route({ … })`.

import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { Run } from '../goals/wire/run-view.ts';
import type { Redact } from '../process/redaction.ts';
import type { RunStory } from '../views/run-view.ts';
import type { Principal } from './access/principal.ts';
import type { TeamScope } from './access/scope.ts';
import type { SignIn } from './access/sign-in.ts';
import type { WatchedAccess } from './access/watched-access.ts';
import type { Alerts } from './alerts.ts';
import type { AskedOfApi } from './assistants/tools.ts';
import type { Auditing } from './audit/auditing.ts';
import type { Catalogue } from './catalogue/catalogue.ts';
import type { CriterionValues } from './catalogue/criterion-values.ts';
import type { GoalKeys } from './catalogue/goal-keys.ts';
import type { Served } from './catalogue/served.ts';
import type { Standings } from './catalogue/standing.ts';
import type { Records } from './catalogue/track-records.ts';
import type { Describe } from './described/openapi.ts';
import type { Deletions } from './forget/deletions.ts';
import { routeWith } from './http/route.ts';
import type { LightRows } from './light/light-rows.ts';
import type { MetricsText } from './metrics.ts';
import type { ReadAttention } from './runs/attention.ts';
import type { Incidents } from './runs/incidents.ts';
import type { LogReader } from './runs/read-logs.ts';
import type { Runs } from './runs/runs.ts';
import type { Streams } from './streams/streams.ts';
import type { Clock } from './temporal/clock.ts';
import type { DescribeListed } from './temporal/describe-listed.ts';
import type { Pages } from './temporal/pages.ts';
import type { Temporal } from './temporal/temporal.ts';
import type { TrueEnds } from './temporal/true-outcomes.ts';
import type { UntilClosed } from './temporal/until-closed.ts';
import type { DeliverEvent } from './triggers/deliver-event.ts';
import type { Hook } from './triggers/hooks.ts';
import type { ListedSchedules } from './triggers/listed-schedules.ts';

export interface RouteDeps {
  /** Who may ask; null: whoever reaches the gateway. */
  access: WatchedAccess | null;
  signIn: SignIn;
  /** The address that browsers show; null where none is configured. */
  publicUrl: URL | null;
  /** Keeps who did what; null: nobody is known who asks. */
  audit: Auditing | null;
  /** Who asks. */
  principal: Principal;
  /** The same as it is by now; a `Problem` where it may no longer ask. */
  admitAgain(): Promise<Principal>;
  /** Whose things the caller may see or move by this route: what else is here keeps to it. */
  scope: TeamScope;
  temporal: Temporal;
  clock: Clock;
  pages: Pages;
  /** What Temporal says of executions that a list shows. */
  describeListed: DescribeListed;
  schedules: ListedSchedules;
  light: LightRows;
  /** How executions that a list has ended. */
  ends: TrueEnds;
  untilClosed: UntilClosed;
  catalogue: Catalogue;
  records: Records;
  criteria: CriterionValues;
  goalKeys: GoalKeys;
  standings: Standings;
  served: Served;
  runs: Runs;
  /** A run as the caller may see it: with its values or without. */
  shown(run: Run): Run;
  /** The same of a story. */
  shownStory(story: RunStory): RunStory;
  /** Whether the caller may see values of a team's runs; `all`: of every team's. */
  reveals(team: string | 'all' | null, principal?: Principal): boolean;
  attention: ReadAttention;
  incidents: Incidents;
  /** Describes the API. */
  describe: Describe;
  alerts: Alerts;
  /** Workflow ID of the alerts workflow. */
  alertsId: string;
  deletions: Deletions;
  metrics: MetricsText;
  streams: Streams;
  deliver: DeliverEvent;
  /** Webhooks that become events. */
  hooks: readonly Hook[];
  /** What tokens of callbacks are signed with; null takes no callbacks. */
  callbackSecret: string | null;
  /** Whether assistants may be given tools that change something. */
  mcpWrites: boolean;
  /** Asks the API once more as the caller of a request: with the same credentials, from the same address. */
  askAs(c: Context, asked: AskedOfApi): Promise<Response>;
  /** Takes out of what others tell what nobody may see. */
  redact: Redact;
  /** Whole logs of attempts: where they are kept, and the template of an address in another system; null where there is none. */
  logs: LogReader;
  log: Logger;
  /** Ends what waits for a run to close. */
  stopping: AbortSignal;
}

export const route = routeWith<RouteDeps>();
