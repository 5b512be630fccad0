import { randomUUID } from 'node:crypto';
import { publish } from '../../goals/publish.ts';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { startRun } from '../../process/start-run.ts';
import { goalNamed } from './begin.ts';
import type { Stage } from './stage.ts';

/** Of each light goal of the team. */
export const HOSTS = 2;

/** A run of a light goal, as whoever has a client of Temporal asks for it; it resolves when the run is achieved, or an ordinary one. */
export async function beginLight(
  { client }: Stage,
  name: string,
  more: object = {},
): Promise<{ isLight: boolean }> {
  const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
  const publication = publish(goalNamed(name), { taskQueue: 'goals', deployment: 'bench', version: 1 });
  const { execution } = await startRun(
    { client, call: (make) => make(client.workflowService) },
    { publication, input: { key: randomUUID(), ...more }, why },
  );
  return { isLight: parseLightExecution(execution) !== null };
}
