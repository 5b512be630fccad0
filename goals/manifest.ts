import { z } from 'zod';
import type { Goal } from './goal.ts';
import type { Publication } from './wire/publication.ts';

/** Where a goal's runs go, and which monotonic version of which set of goals this is. */
export interface Deployment {
  taskQueue: string;
  deployment: string;
  version: number;
}

/**
 * The schema as data. What travels is what was given, before the schema transformed it: hence `io: 'input'`, for
 * outputs too. Throws where two different schemas in it have the same `id`.
 */
export const asJsonSchema = (schema: z.ZodType): Record<string, unknown> => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return rest;
};

/** The goal as data, as the gateway will know it. */
export function publish(goal: Goal, { taskQueue, deployment, version }: Deployment): Publication {
  return {
    goal: goal.name,
    outcome: goal.outcome,
    owner: goal.owner,
    team: goal.team,
    key: [...goal.key],
    deadlineMs: goal.deadlineMs,
    usualMs: goal.usualMs,
    expectedMs: goal.expectedMs,
    criteria: [...goal.criteria],
    input: asJsonSchema(goal.input),
    output: asJsonSchema(goal.output),
    jobs: goal.jobs.map(({ name, timeoutMs, retry, persists, queue }) => ({
      name,
      timeoutMs,
      retry,
      persists,
      queue,
    })),
    needs: goal.needs.map(({ name }) => name),
    taskQueue,
    deployment,
    version,
    retired: false,
  };
}
