import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { runStart } from '../../goals/wire/run-start.ts';
import type { Stage } from './stage.ts';
import goals from './team/goals.ts';

/** Of the team that is measured. */
export function goalNamed(name: string) {
  const goal = goals.find((one) => one.name === name);
  if (goal === undefined) throw new Error(`there is no goal ${name}`);
  return goal;
}

/** Starts a goal's run as goalkeeper does. */
export function begin(
  { client }: Stage,
  name: string,
  n?: number,
  key: string = randomUUID(),
  taskQueue = 'goals',
): Promise<WorkflowHandle> {
  const input = { key, ...(n === undefined ? {} : { n }) };
  const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  return client.workflow.start(name, {
    ...runStart(goalNamed(name), input, why),
    taskQueue,
    args: [input],
  });
}

/** A goal's run, until it is achieved. */
export const pursue = async (stage: Stage, name: string, n?: number): Promise<unknown> =>
  (await begin(stage, name, n)).result();

/** A workflow of bare Temporal, until it has ended. */
export const bare = ({ client }: Stage, type: string, n?: number): Promise<unknown> =>
  client.workflow.execute(type, {
    taskQueue: 'bare',
    workflowId: randomUUID(),
    args: n === undefined ? [] : [{ n }],
  });
