// Makes of a goal the data that workers publish of it in its catalogue entry.

import { z } from 'zod';
import { cancelsOf } from './cancel-on.ts';
import { dateDaysOf } from './date-days.ts';
import type { Goal } from './goal.ts';
import type { Job } from './job.ts';
import type { NamedDataset } from './named-dataset.ts';
import { scheduleKeysOf } from './schedule-keys.ts';
import type { Standing } from './standing.ts';
import { triggerKinds } from './trigger-kinds.ts';
import { waitsOf } from './waits.ts';
import type { PublishedDataset } from './wire/datasets.ts';
import { jsonBytes } from './wire/ledger.ts';
import { PUBLICATION_BYTES, type Publication, type PublishedBuild } from './wire/publication.ts';

/** Where a goal's runs go, and which monotonic version of which set of goals this is. */
export interface Deployment {
  taskQueue: string;
  deployment: string;
  version: number;
  /** Digest of the workflow code. */
  code?: string;
  builds?: readonly PublishedBuild[];
  /** Whether its worker seals values. */
  sealed?: boolean;
}

/**
 * The schema as data. What travels is what was given, before the schema transformed it: hence `io: 'input'`, for
 * outputs too. Throws where two different schemas in it have the same `id`.
 */
export const asJsonSchema = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, {
    ...{ io: 'input', unrepresentable: 'any' },
    override: ({ zodSchema, jsonSchema }) => withoutFlagged(zodSchema, jsonSchema),
  });
  return rest;
};

/** JSON Schema has no flags: without its `i`, a pattern would refuse what the worker takes. */
function withoutFlagged({ _zod }: z.core.$ZodType, json: z.core.JSONSchema.BaseSchema): void {
  const { checks = [], pattern } = _zod.def as z.core.$ZodTypeDef & { pattern?: unknown };
  const patterns = [pattern, ...checks.map((check) => (check._zod.def as { pattern?: unknown }).pattern)];
  if (!patterns.some((one) => one instanceof RegExp && /[ims]/.test(one.flags))) return;
  delete json.pattern;
  delete json.allOf;
}

/** The goal as data, as the gateway will know it. */
export function publish(
  goal: Goal,
  { taskQueue, deployment, version, code, builds, sealed }: Deployment,
): Publication {
  const publication: Publication = {
    goal: goal.name,
    outcome: goal.outcome,
    owner: goal.owner,
    team: goal.team,
    key: [...goal.key],
    ...(goal.keys === null ? {} : { keys: [...goal.keys] }),
    ...(goal.freshMs === null ? {} : { freshMs: goal.freshMs }),
    ...(goal.priority === null ? {} : { priority: goal.priority }),
    ...(goal.fairness === null ? {} : { fairness: goal.fairness }),
    deadlineMs: goal.deadlineMs,
    usualMs: goal.usualMs,
    expectedMs: goal.expectedMs,
    ...(goal.deadlineBy === null ? {} : { deadlineBy: goal.deadlineBy }),
    ...(goal.expectedBy === null ? {} : { expectedBy: goal.expectedBy }),
    ...dateDaysOf(goal),
    ...scheduleKeysOf(goal),
    criteria: [...goal.criteria],
    input: asJsonSchema(goal.input),
    output: asJsonSchema(goal.output),
    jobs: goal.jobs.map(({ name, timeoutMs, retry, persists, queue, secrets, pool, quick, inline }) => ({
      name,
      timeoutMs,
      retry,
      persists,
      queue,
      ...(secrets.length === 0 ? {} : { secrets: [...secrets] }),
      pool: pool && { name: pool.name, atOnce: pool.atOnce, perSecond: pool.perSecond },
      ...(quick ? { travels: inline ? ('inline' as const) : ('together' as const) } : {}),
    })),
    needs: goal.needs.map(({ name }) => name),
    ...Object.assign({}, ...triggerKinds.map((kind) => kind.publish(goal))),
    ...(goal.waits.length === 0 ? {} : { waits: waitsOf(goal) }),
    ...(goal.cancelOn.length === 0 ? {} : { cancels: cancelsOf(goal) }),
    ...(goal.produces.length === 0 ? {} : { produces: goal.produces.map(publishDataset) }),
    ...(goal.uses.length === 0 ? {} : { uses: goal.uses.map(publishDataset) }),
    ...(goal.usableBy.length === 0
      ? {}
      : { usableBy: goal.usableBy === 'all' ? goal.usableBy : [...goal.usableBy] }),
    ...(goal.heals === 'any' ? { heals: goal.heals } : {}),
    ...(goal.light === null ? {} : { light: goal.light }),
    ...(goal.personal.length === 0 ? {} : { personal: [...goal.personal] }),
    ...(goal.tags.length === 0 ? {} : { tags: [...goal.tags] }),
    ...(goal.formerly.length === 0 ? {} : { formerly: [...goal.formerly] }),
    ...(goal.standing === null ? {} : { standing: standingAsData(goal.standing) }),
    taskQueue,
    deployment,
    version,
    ...(code === undefined ? {} : { code }),
    ...(sealed ? { sealed } : {}),
    ...(builds === undefined ? {} : { builds: [...builds] }),
    retired: false,
  };
  const described = {
    ...publication,
    jobs: publication.jobs.map((job, i) => describedJob(job, goal.jobs[i])),
  };
  if (jsonBytes(described) <= PUBLICATION_BYTES) return described;
  return jsonBytes(publication) <= PUBLICATION_BYTES ? publication : withoutRows(publication);
}

/** A dataset as data. */
export const publishDataset = ({
  name,
  team,
  description,
  partition,
  schema,
  usableBy,
}: NamedDataset): PublishedDataset => ({
  ...{ name, team, description, partition: [...partition] },
  ...(schema === null ? {} : { schema: asJsonSchema(schema) }),
  ...(usableBy.length === 0 ? {} : { usableBy: usableBy === 'all' ? usableBy : [...usableBy] }),
});

/** Without the schemas of rows, which are for people alone. */
const withoutRows = ({ produces, uses, ...publication }: Publication): Publication => ({
  ...publication,
  ...(produces && { produces: produces.map(({ schema: _, ...one }) => one) }),
  ...(uses && { uses: uses.map(({ schema: _, ...one }) => one) }),
});

const standingAsData = ({ freshMs, leadMs, watchOnly, dataset }: Standing): Publication['standing'] => ({
  ...{ freshMs, leadMs },
  ...(watchOnly ? { watchOnly } : {}),
  ...(dataset === null ? {} : { dataset }),
});

/** With the schema of its output, by which the gateway checks a result that an operator supplies. */
function describedJob(
  job: Publication['jobs'][number],
  declared: Job | undefined,
): Publication['jobs'][number] {
  try {
    return declared === undefined ? job : { ...job, output: asJsonSchema(declared.output) };
  } catch {
    return job;
  }
}
