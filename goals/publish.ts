import { z } from 'zod';
import { outcomesOf } from './check-between.ts';
import { eventsOf } from './event.ts';
import type { Goal } from './goal.ts';
import type { Job } from './job.ts';
import { schedulesOf } from './schedule.ts';
import { jsonBytes } from './wire/ledger.ts';
import { PUBLICATION_BYTES, type Publication } from './wire/publication.ts';

/** Where a goal's runs go, and which monotonic version of which set of goals this is. */
export interface Deployment {
  taskQueue: string;
  deployment: string;
  version: number;
  /** Digest of the workflow code. */
  code?: string;
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
export function publish(goal: Goal, { taskQueue, deployment, version, code }: Deployment): Publication {
  const publication: Publication = {
    goal: goal.name,
    outcome: goal.outcome,
    owner: goal.owner,
    team: goal.team,
    key: [...goal.key],
    ...(goal.freshMs === null ? {} : { freshMs: goal.freshMs }),
    ...(goal.priority === null ? {} : { priority: goal.priority }),
    ...(goal.fairness === null ? {} : { fairness: goal.fairness }),
    deadlineMs: goal.deadlineMs,
    usualMs: goal.usualMs,
    expectedMs: goal.expectedMs,
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
    ...scheduled(goal),
    ...(goal.usableBy.length === 0
      ? {}
      : { usableBy: goal.usableBy === 'all' ? goal.usableBy : [...goal.usableBy] }),
    ...outcomesAsData(goal),
    ...(goal.heals === 'any' ? { heals: goal.heals } : {}),
    ...(goal.standing === null
      ? {}
      : { standing: { freshMs: goal.standing.freshMs, leadMs: goal.standing.leadMs } }),
    ...eventsAsData(goal),
    taskQueue,
    deployment,
    version,
    ...(code === undefined ? {} : { code }),
    retired: false,
  };
  const described = {
    ...publication,
    jobs: publication.jobs.map((job, i) => describedJob(job, goal.jobs[i])),
  };
  return jsonBytes(described) > PUBLICATION_BYTES ? publication : described;
}

function scheduled(goal: Goal): Pick<Publication, 'schedules'> {
  const schedules = schedulesOf(goal).map(({ terms }) => terms);
  return schedules.length === 0 ? {} : { schedules };
}

function eventsAsData(goal: Goal): Pick<Publication, 'events'> {
  const events = eventsOf(goal);
  return events.length === 0 ? {} : { events };
}

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

function outcomesAsData(goal: Goal): Pick<Publication, 'outcomes'> {
  const outcomes = outcomesOf(goal).map(({ goal: name, on, input }) => ({
    goal: name,
    on,
    input: { ...input },
  }));
  return outcomes.length === 0 ? {} : { outcomes };
}
