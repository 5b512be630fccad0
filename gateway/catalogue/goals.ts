// The catalogue as people see it: what each goal is, how it went last, and its record.

import type { Accepted } from '../../goals/wire/alerts.ts';
import {
  type CataloguedGoal,
  GOAL_FIELDS,
  GOAL_SUMMARY_FIELDS,
  type GoalDetails,
  type GoalSummary,
  type ShownGoal,
  type TrackRecord,
} from '../../goals/wire/answers.ts';
import { namesOf } from '../../goals/wire/former-names.ts';
import { type GoalState, goalState } from '../../goals/wire/goal-state.ts';
import type { TeamScope } from '../access/scope.ts';
import type { Alerts } from '../alerts.ts';
import { offsetCursor, offsetIn } from '../http/cursor.ts';
import { nearMembers, nearNames } from '../http/near-names.ts';
import { Problem } from '../http/problems.ts';
import type { Catalogue } from './catalogue.ts';
import type { Served } from './served.ts';
import type { Standings } from './standing.ts';
import type { Records } from './track-records.ts';

export interface GoalViewDeps {
  catalogue: Catalogue;
  records: Records;
  standings: Standings;
  served: Served;
  /** It keeps which failures somebody has accepted. */
  alerts: Alerts;
}

/** Runs of a goal that a list tells of, where one goal tells of more. */
const LISTED_RUNS = 14;

/** Which goals to list. */
export interface GoalsAsked {
  window: string;
  team?: string | undefined;
  owner?: string | undefined;
  state?: GoalState | undefined;
  /** In its name, or in its outcome's sentence, whatever the case. */
  text?: string | undefined;
  /** Default: all. */
  limit?: number | undefined;
  cursor?: string | undefined;
}

/** The goals that are asked for, by name; a page of them where a limit is given. */
export async function pageOfGoals(
  deps: GoalViewDeps,
  { window, limit, cursor, state, ...asked }: GoalsAsked,
): Promise<{ items: GoalSummary[]; next: string | null }> {
  const key = JSON.stringify([asked.team, asked.owner, asked.text, state]);
  const offset = cursor === undefined ? 0 : offsetIn(cursor, key);
  const found = (await deps.catalogue.all()).filter((goal) => isMeant(goal, asked));
  const end = limit === undefined ? found.length : offset + limit;
  // A state takes looking at each of them.
  const looked = state === undefined ? found.slice(offset, end) : found;
  const [recorded, accepted] = await readRecords(deps, looked.flatMap(namesOf), window);
  const summaries = await Promise.all(
    looked.map((goal) => shown(deps, goal, GOAL_SUMMARY_FIELDS, recorded, accepted, LISTED_RUNS)),
  );
  const meant = state === undefined ? summaries : summaries.filter((goal) => goal.state === state);
  const items = state === undefined ? meant : meant.slice(offset, end);
  const total = state === undefined ? found.length : meant.length;
  return { items, next: end < total ? offsetCursor(end, key) : null };
}

const isMeant = (
  { goal, outcome, team, owner }: CataloguedGoal,
  asked: Pick<GoalsAsked, 'team' | 'owner' | 'text'>,
): boolean =>
  (asked.team === undefined || asked.team === team) &&
  (asked.owner === undefined || asked.owner === owner) &&
  (asked.text === undefined || `${goal}\n${outcome}`.toLowerCase().includes(asked.text.toLowerCase()));

/** One goal; a `Problem` when none of that name is published. */
export async function goalDetails(deps: GoalViewDeps, name: string, window: string): Promise<GoalDetails> {
  const published = await goalOf(deps.catalogue, name);
  const [recorded, accepted] = await readRecords(deps, namesOf(published), window);
  const neededBy = (await deps.catalogue.all())
    .filter(({ needs, retired }) => !retired && needs.includes(published.goal))
    .map(({ goal }) => goal);
  return { ...(await shown(deps, published, GOAL_FIELDS, recorded, accepted)), neededBy };
}

const readRecords = async (
  { records, alerts }: GoalViewDeps,
  names: readonly string[],
  window: string,
): Promise<[ReadonlyMap<string, TrackRecord>, Accepted]> =>
  Promise.all([records.of(names, window), alerts.kept().then(({ accepted }) => accepted)]);

/** The goal's publication; a `Problem` when there is none. */
export async function goalOf(catalogue: Catalogue, name: string): Promise<CataloguedGoal> {
  const publication = await catalogue.find(name);
  if (publication !== null) return publication;
  const known = (await catalogue.all()).filter(({ retired }) => !retired);
  throw new Problem(
    'goal_unknown',
    `No goal '${name}' is published. GET /goals lists those that are.`,
    nearMembers(
      nearNames(
        name,
        known.map(({ goal }) => goal),
      ),
    ),
  );
}

/** The goals whose things a list shows: the one that is asked for, or those of the scope; null: all there are. */
export async function goalsLookedFor(
  { catalogue, scope }: { catalogue: Catalogue; scope: TeamScope },
  goal: string | undefined,
): Promise<readonly string[] | null> {
  if (scope.teams === null) return goal === undefined ? null : [goal];
  const theirs = (await catalogue.all()).map((published) => published.goal);
  return goal === undefined ? theirs : theirs.filter((name) => name === goal);
}

async function shown<Field extends keyof CataloguedGoal>(
  { standings, served }: GoalViewDeps,
  published: CataloguedGoal,
  fields: readonly Field[],
  recorded: ReadonlyMap<string, TrackRecord>,
  accepted: Accepted,
  most = Number.POSITIVE_INFINITY,
): Promise<ShownGoal<Field>> {
  const { goal, retired, taskQueue } = published;
  const standing = await standings.of(goal);
  // One that is retired is served by nobody, and nobody minds.
  const noWorker = retired ? null : await served.noWorker(taskQueue);
  const { recent, ...record } = recordOf(published, recorded);
  const known = {
    ...record,
    ...(standing === null ? {} : { standing }),
    ...(noWorker === null ? {} : { noWorker }),
  };
  return {
    ...picked(published, fields),
    ...known,
    recent: recent
      .slice(0, most)
      .map((run) => (run.execution in accepted ? { ...run, accepted: true } : run)),
    state: goalState({ ...known, retired }),
  };
}

/** With what it did under the names that it had before. */
function recordOf(published: CataloguedGoal, recorded: ReadonlyMap<string, TrackRecord>): TrackRecord {
  const own = recorded.get(published.goal) as TrackRecord;
  return namesOf(published)
    .slice(1)
    .reduce((sum, name) => {
      const { last, record, recent } = recorded.get(name) as TrackRecord;
      const isLater = last !== null && (last.closedAt ?? '') > (sum.last?.closedAt ?? '');
      const { achieved, failed, cancelled, open } = sum.record;
      return {
        last: isLater ? last : sum.last,
        recent: [...sum.recent, ...recent].sort((a, b) => b.closedAt.localeCompare(a.closedAt)).slice(0, 30),
        record: {
          ...sum.record,
          achieved: achieved + record.achieved,
          failed: failed + record.failed,
          cancelled: cancelled + record.cancelled,
          open: open + record.open,
        },
      };
    }, own);
}

function picked<T extends object, Field extends keyof T>(from: T, fields: readonly Field[]): Pick<T, Field> {
  const present = fields.filter((field) => field in from).map((field) => [field, from[field]]);
  return Object.fromEntries(present) as Pick<T, Field>;
}
