// Everything that can be wrong with a team's declarations, found at once. The worker runs it when it starts.

import { z } from 'zod';
import { holdsDay, issuesOfByClock } from './by-clock.ts';
import { issuesOfCancels } from './cancel-on.ts';
import { issuesBetween } from './check-between.ts';
import { issuesOfScheduledTimes } from './check-by-clock.ts';
import { issuesOfDatasets } from './dataset-issues.ts';
import { type DeclarationIssue, isSchema, issuesOfDuration } from './declaration-issues.ts';
import { milliseconds } from './duration.ts';
import { issuesOfKeys } from './expected-keys.ts';
import type { Goal, GoalDeclaration, NeededGoal } from './goal.ts';
import type { Job } from './job.ts';
import { issuesOfLight } from './light.ts';
import { noWayBack } from './no-way-back.ts';
import { issuesOfPersistence, issuesOfRetry, QUEUE_ATTEMPTS } from './policy.ts';
import { issuesOfLimits, type Pool } from './pool.ts';
import { asJsonSchema, publish } from './publish.ts';
import { issuesOfStanding } from './standing.ts';
import type { DeclaredInput } from './trigger.ts';
import { triggerKinds } from './trigger-kinds.ts';
import { issuesOfWaits } from './waits.ts';
import { DECLARED_TAGS_LIMIT } from './wire/annotations.ts';
import { FORMER_NAMES } from './wire/former-names.ts';
import { jsonBytes } from './wire/ledger.ts';
import { RESERVED_PREFIX } from './wire/names.ts';
import { fairnessSchema, prioritySchema } from './wire/priority.ts';
import { PUBLICATION_BYTES } from './wire/publication.ts';
import { GOAL_NAME, inputPath, NAME_LIMIT } from './wire/run-id.ts';
import { SUBJECTS_LIMIT } from './wire/subject.ts';

/** What an issue says of a job that is in no binding: `check` on the command line leaves it out where jobs.ts does not load. */
export const NOT_BOUND = 'is not bound to code';

/** Everything that is wrong with a team's goals and the jobs that are bound, at once. Empty: nothing is. */
export function check(exported: unknown, bound: readonly Job[] = []): DeclarationIssue[] {
  if (!Array.isArray(exported) || exported.length === 0)
    return [
      {
        where: 'the goals module',
        what: 'its default export is not a list of goals; write `export default [myGoal]`',
      },
    ];
  const problems: DeclarationIssue[] = [];
  const goals = exported.filter((item, i): item is Goal => {
    const isGoal = (item as Goal | null)?.kind === 'goal';
    if (!isGoal)
      problems.push({
        where: `item ${i} of the default export`,
        what: 'is not a goal; make it with `goal({ … })`',
      });
    return isGoal;
  });
  const jobs = new Set([...goals.flatMap((goal) => goal.jobs), ...bound]);
  problems.push(...duplicates('goal', goals), ...duplicates('job', [...jobs]));
  for (const job of new Set(bound.filter((job, i) => bound.indexOf(job) !== i)))
    problems.push({ where: `job '${job.name}'`, what: 'is bound twice; keep one `bind` of it' });
  problems.push(...issuesOfPools([...jobs]));
  for (const job of jobs) problems.push(...issuesOfJob(job));
  for (const goal of goals) problems.push(...issuesOfGoal(goal, goals, bound));
  problems.push(...issuesBetween(goals), ...issuesOfDatasets(goals));
  return problems;
}

/** The problems as one message, a line each. */
export const describeProblems = (problems: readonly DeclarationIssue[]): string =>
  problems.map(({ where, what }) => `  ${where}: ${what}`).join('\n');

function duplicates(kind: string, declared: readonly { name: string }[]): DeclarationIssue[] {
  const names = [...new Set(declared)].map(({ name }) => name);
  return [...new Set(names)].flatMap((name) => {
    const count = names.filter((other) => other === name).length;
    return count === 1
      ? []
      : [{ where: `${kind} '${name}'`, what: `${count} ${kind}s have this name; rename all but one` }];
  });
}

function issuesOfName(name: unknown): string[] {
  if (typeof name !== 'string' || name === '') return ['has no name'];
  if (name.startsWith(RESERVED_PREFIX))
    return [`names that begin with ${RESERVED_PREFIX} are goalkeeper's own; choose another`];
  if (!GOAL_NAME.test(name)) return ["its name is not kebab-case; write such as 'load-day'"];
  return name.length > NAME_LIMIT ? [`its name has ${name.length} characters; ${NAME_LIMIT} at most`] : [];
}

/** Far below where the server's own times end, also as a multiple: it adds up what the quick tries may take. */
const LONGEST_TIMEOUT_DAYS = 366;

/** A worker that is silent for longer is gone, whatever it was doing. */
const LONGEST_HEARTBEAT_DAYS = 1;

function issuesOfBounded(field: string, given: unknown, days: number): string[] {
  if ((milliseconds(given) ?? 0) <= days * 86_400_000) return issuesOfDuration(field, given);
  return [`${field} is ${JSON.stringify(given)}; ${days === 1 ? 'a day' : `${days} days`} at most`];
}

const issuesOfReading = (declared: { input: z.ZodType; output: z.ZodType }): string[] =>
  (['input', 'output'] as const).flatMap((field) =>
    isSchema(declared[field]) ? (noWayBack(`its ${field}`, declared[field]) ?? []) : [],
  );

function issuesOfJob(job: Job): DeclarationIssue[] {
  const { declared } = job;
  const found = [
    ...issuesOfName(declared.name),
    ...(['input', 'output'] as const)
      .filter((field) => !isSchema(declared[field]))
      .map((field) => `${field} is not a zod schema; write such as z.object({ … })`),
    ...issuesOfReading(declared),
    ...issuesOfBounded('timeout', declared.timeout, LONGEST_TIMEOUT_DAYS),
    ...issuesOfBounded('heartbeat', declared.heartbeat, LONGEST_HEARTBEAT_DAYS),
    ...issuesOfRetry(declared.retry ?? {}),
    ...issuesOfPersistence(declared.persists ?? {}),
  ];
  if (declared.queue !== undefined && (typeof declared.queue !== 'string' || declared.queue === ''))
    found.push('queue is not the name of a task queue');
  const { secrets = [] } = declared;
  for (const name of secrets)
    if (typeof name !== 'string' || !/^[A-Z][A-Z0-9_]{0,99}$/.test(name) || name.startsWith('GOALKEEPER_'))
      found.push(
        `secrets names ${JSON.stringify(name)}; give names of environment variables such as 'ERP_TOKEN', none of GOALKEEPER_…`,
      );
  if (declared.pool !== undefined && declared.pool?.kind !== 'pool')
    found.push("pool is not a pool; make it with `pool({ name: 'warehouse', atOnce: 4 })`");
  for (const field of ['quick', 'inline'] as const)
    if (declared[field] !== undefined && typeof declared[field] !== 'boolean')
      found.push(`${field} is ${JSON.stringify(declared[field])}; give true or false`);
  if (declared.inline === true && declared.quick === false)
    found.push('is inline and not quick; what is inline is quick, so drop one of the two');
  if (job.quick && (job.queue !== null || job.pool !== null))
    found.push(
      `is ${job.inline ? 'inline' : 'quick'} and has a ${job.queue === null ? 'pool' : 'queue'}; there each attempt is an activity of its own, so drop one of the two`,
    );
  const { scale } = declared;
  if (
    scale !== undefined &&
    !(['bytes', 'rows'].includes(scale?.by) && Number.isInteger(scale.per) && scale.per > 0)
  )
    found.push(
      `scale is ${JSON.stringify(scale)}, which is not the size of a piece; write such as { by: 'bytes', per: 64_000_000 }, or by: 'rows'`,
    );
  if ((job.queue !== null || job.pool !== null) && job.retry.attempts > QUEUE_ATTEMPTS)
    found.push(
      `retry.attempts is ${job.retry.attempts}; with a ${job.queue === null ? 'pool' : 'queue'} each attempt is in the run's history, so give ${QUEUE_ATTEMPTS} at most`,
    );
  return found.map((what) => ({ where: `job '${job.name}'`, what }));
}

function issuesOfPools(jobs: readonly Job[]): DeclarationIssue[] {
  const pools = [...new Set(jobs.flatMap(({ pool }) => (pool?.kind === 'pool' ? pool : [])))];
  const limits = ({ atOnce, perSecond }: Pool): string => JSON.stringify([atOnce, perSecond]);
  return pools.flatMap((pool, i) => {
    const found = [...issuesOfName(pool.name), ...issuesOfLimits(pool.declared)];
    const before = pools.slice(0, i).some(({ name }) => name === pool.name);
    const other = pools.find(({ name }) => name === pool.name) as Pool;
    if (before && limits(other) !== limits(pool))
      found.push('is declared twice, with other limits; declare it once and import it');
    return found.map((what) => ({ where: `pool '${pool.name}'`, what }));
  });
}

function issuesOfGoal(goal: Goal, goals: readonly Goal[], bound: readonly Job[]): DeclarationIssue[] {
  const declared = goal.declared as GoalDeclaration<z.ZodType, z.ZodType, Job, NeededGoal>;
  const found = [...issuesOfName(declared.name), ...issuesOfTimes(declared), ...issuesOfOrder(declared)];
  if (declared.heals !== undefined && !['key', 'any'].includes(declared.heals))
    found.push(`heals is ${JSON.stringify(declared.heals)}; give 'key' or 'any'`);
  if (declared.version !== undefined && !['pinned', 'upgrade'].includes(declared.version))
    found.push(`version is ${JSON.stringify(declared.version)}; give 'pinned' or 'upgrade'`);
  for (const field of ['outcome', 'owner', 'team'] as const)
    if (typeof declared[field] !== 'string' || declared[field].trim() === '')
      found.push(`has no ${field}; say it in a string`);
  if (typeof declared.pursue !== 'function')
    found.push('has no pursue; write `async pursue(input, { run }) { … }`');
  const criteria = Object.entries(declared.criteria ?? {});
  if (criteria.length === 0)
    found.push(
      "has no criteria; say what counts as reached: `criteria: { 'rows arrived': (o) => o.rows > 0 }`",
    );
  for (const [name, given] of criteria) found.push(...issuesOfCriterion(name, given));
  if (criteria.length > 0 && goal.warnings.length === criteria.length)
    found.push('has only criteria that warn; one at least must say what counts as reached');
  for (const needed of goal.needs)
    if (needed.kind === 'goal' && !goals.includes(needed))
      found.push(`needs '${needed.name}', which is not in the default export; add it there`);
  for (const job of goal.jobs)
    if (job.queue === null && !bound.includes(job))
      found.push(`its job '${job.name}' ${NOT_BOUND}; add \`bind(…)\` for it to the worker's jobs`);
  if (declared.already !== undefined && declared.already?.job?.kind !== 'job')
    found.push('already names no job; write such as `already: { job: findReport }`');
  found.push(...issuesOfLight(declared, goal.jobs));
  found.push(...issuesOfSchemas(goal, declared));
  return found.map((what) => ({ where: `goal '${goal.name}'`, what }));
}

function issuesOfCriterion(name: string, given: unknown): string[] {
  if (typeof given === 'function') return [];
  if (typeof given !== 'object' || given === null || !('judge' in given) || typeof given.judge !== 'function')
    return [`criterion '${name}' is not a function of the output`];
  const severity = 'severity' in given ? given.severity : undefined;
  return severity === undefined || severity === 'warn' || severity === 'fail'
    ? []
    : [`criterion '${name}' has the severity ${JSON.stringify(severity)}; give 'warn' or 'fail'`];
}

const TIMES = ['usual', 'expected', 'deadline'] as const;
const MAY_BE_BY_CLOCK: readonly string[] = ['expected', 'deadline'];

/** Each must be a duration, and none longer than one that comes after it. */
function issuesOfTimes(declared: { [time in (typeof TIMES)[number]]?: unknown }): string[] {
  const found = TIMES.flatMap(
    (field) =>
      (MAY_BE_BY_CLOCK.includes(field) ? issuesOfByClock(field, declared[field]) : undefined) ??
      issuesOfDuration(field, declared[field]),
  );
  if (found.length > 0) return found;
  return TIMES.flatMap((field, i) => {
    const [ms, longer] = [milliseconds(declared[field]), TIMES.slice(i + 1)];
    const passed = longer.find((other) => ms !== null && ms > (milliseconds(declared[other]) ?? ms));
    return passed === undefined
      ? []
      : [`${field} is longer than ${passed}; a run would be past it before it is due, so make it shorter`];
  });
}

function issuesOfOrder(declared: { fresh?: unknown; priority?: unknown; fairness?: unknown }): string[] {
  const { fresh, priority, fairness } = declared;
  const found = issuesOfDuration('fresh', fresh);
  if (priority !== undefined && !prioritySchema.safeParse(priority).success)
    found.push(`priority is ${JSON.stringify(priority)}; give 1 (first) to 5 (last)`);
  if (fairness !== undefined && !fairnessSchema.safeParse(fairness).success)
    found.push(
      "fairness is neither a path nor a key; write such as { path: 'customer.id' } or { key: 'reports' }",
    );
  return found;
}

const issuesOfTriggers = (goal: Goal, input: DeclaredInput | null): string[] =>
  triggerKinds.flatMap((kind) => kind.issues(goal, input));

/** Why nothing can be said of what stands on the goal's schemas and key. */
function issuesOfReadability(declared: GoalDeclaration<z.ZodType, z.ZodType, Job, NeededGoal>): string[] {
  const missing = (['input', 'output'] as const).filter((field) => !isSchema(declared[field]));
  if (missing.length > 0)
    return missing.map((field) => `${field} is not a zod schema; write such as z.object({ … })`);
  const unwritable = (['input', 'output'] as const).flatMap((field) => {
    try {
      asJsonSchema(declared[field]);
      return [];
    } catch (error) {
      return [`${field} cannot be written as JSON Schema: ${(error as Error).message}`];
    }
  });
  if (unwritable.length > 0) return unwritable;
  const unread = issuesOfReading(declared);
  if (unread.length > 0) return unread;
  const unstanding = issuesOfStanding(declared.standing, declared.input, declared.produces);
  if (unstanding.length > 0) return unstanding;
  const { personal = [], formerly = [], tags = [] } = declared;
  if (!Array.isArray(formerly) || formerly.length > FORMER_NAMES)
    return [
      `formerly is not a list of up to ${FORMER_NAMES} names; write such as \`formerly: ['load-days']\``,
    ];
  if (!Array.isArray(personal) || personal.length > SUBJECTS_LIMIT)
    return [
      `personal is not a list of up to ${SUBJECTS_LIMIT} paths into the input; write such as \`personal: ['customer.id']\``,
    ];
  if (!Array.isArray(tags) || tags.length > DECLARED_TAGS_LIMIT)
    return [
      `tags is not a list of up to ${DECLARED_TAGS_LIMIT} paths into the input; write such as \`tags: ['customer']\``,
    ];
  if (!Array.isArray(declared.key))
    return ["has no key; name the input's fields that make a run unique: `key: ['day']`"];
  return issuesOfKeys(declared.key, declared.keys);
}

/** Temporal's list of runs has tags in clear. */
function issuesOfTags(
  { tags = [], personal = [], key }: GoalDeclaration<z.ZodType, z.ZodType, Job, NeededGoal>,
  input: JsonSchema,
): string[] {
  const hidden = new Set([...personal, ...key.filter((path) => inputPath(path) !== path).map(inputPath)]);
  return tags.flatMap((path) => {
    if (!hasPath(input, String(path).split('.'), input)) return [`tags path '${path}' is not in the input`];
    if (hidden.has(path))
      return [`tags path '${path}' is personal or secret; a tag is shown to whoever sees the run`];
    return [];
  });
}

function issuesOfSchemas(
  goal: Goal,
  declared: GoalDeclaration<z.ZodType, z.ZodType, Job, NeededGoal>,
): string[] {
  const unreadable = issuesOfReadability(declared);
  if (unreadable.length > 0) return [...unreadable, ...issuesOfTriggers(goal, null)];
  const sets = issuesOfDatasets([goal]).length === 0 ? {} : { produces: [], uses: [] };
  const publication = publish({ ...goal, ...sets }, { taskQueue: '', deployment: '', version: 0 });
  const found = declared.key
    .filter(
      (path) =>
        typeof path !== 'string' ||
        !hasPath(publication.input, inputPath(path).split('.'), publication.input),
    )
    .map((path) => `key path '${path}' is not in the input`);
  // Whoever starts a run makes its key from the input as given: with and without the default would be two runs.
  for (const path of declared.key)
    if (hasPath(publication.input, inputPath(String(path)).split('.'), publication.input, hasDefault))
      found.push(`key path '${path}' has a default; a key must be given, so drop the default or the path`);
  found.push(
    ...(declared.personal ?? [])
      .filter((path) => !hasPath(publication.input, String(path).split('.'), publication.input))
      .map((path) => `personal path '${path}' is not in the input`),
  );
  found.push(...issuesOfTags(declared, publication.input));
  const fairness = fairnessSchema.safeParse(declared.fairness).data;
  const path = fairness !== undefined && 'path' in fairness ? fairness.path : undefined;
  if (path !== undefined && !hasPath(publication.input, path.split('.'), publication.input))
    found.push(`fairness path '${path}' is not in the input`);
  found.push(...issuesOfDates(goal, publication.input));
  const input: DeclaredInput = {
    fits(input) {
      const { error } = declared.input.safeParse(input);
      return error === undefined ? null : z.prettifyError(error);
    },
    hasField: (path) => hasPath(publication.input, path.split('.'), publication.input),
  };
  const unstartable = issuesOfTriggers(goal, input);
  found.push(...unstartable, ...issuesOfWaits(goal, input), ...issuesOfCancels(goal));
  if (unstartable.length === 0 && issuesOfTimes(declared).length === 0)
    found.push(...issuesOfScheduledTimes(goal, Date.now()));
  const bytes = jsonBytes(publication);
  if (bytes > PUBLICATION_BYTES)
    found.push(
      `its schemas and texts take ${bytes} bytes; ${PUBLICATION_BYTES} at most, so describe less of them`,
    );
  return found;
}

/** Times of day whose day no value of the input can hold. */
const issuesOfDates = ({ deadlineBy, expectedBy }: Goal, input: JsonSchema): string[] =>
  Object.entries({ deadline: deadlineBy, expected: expectedBy }).flatMap(([field, terms]) => {
    const date = terms?.date ?? null;
    if (date === null || hasPath(input, date.split('.'), input, holdsDay)) return [];
    return [`${field}.date '${date}' is no date in the input; write such as \`day: z.iso.date()\``];
  });

type JsonSchema = Record<string, unknown>;

const hasDefault = (schema: unknown): boolean =>
  typeof schema === 'object' && schema !== null && 'default' in schema;

/** Whether the schema allows for a value at the path, of which `leaf` is true. */
function hasPath(
  schema: unknown,
  path: readonly string[],
  root: JsonSchema,
  leaf: (schema: unknown) => boolean = () => true,
): boolean {
  if (path.length === 0) return leaf(schema);
  if (typeof schema !== 'object' || schema === null) return schema === true;
  const { $ref, properties, additionalProperties, anyOf, oneOf, allOf } = schema as JsonSchema;
  if (typeof $ref === 'string')
    return hasPath(
      $ref
        .split('/')
        .slice(1)
        .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
        .reduce<unknown>((at, name) => (at as JsonSchema)?.[name], root),
      path,
      root,
      leaf,
    );
  const branches = [anyOf, oneOf, allOf].flatMap((branch) => (Array.isArray(branch) ? branch : []));
  if (branches.length > 0) return branches.some((branch) => hasPath(branch, path, root, leaf));
  const [name, ...rest] = path as [string, ...string[]];
  if (typeof properties === 'object' && properties !== null && Object.hasOwn(properties, name))
    return hasPath((properties as JsonSchema)[name], rest, root, leaf);
  return typeof additionalProperties === 'object' && hasPath(additionalProperties, rest, root, leaf);
}
