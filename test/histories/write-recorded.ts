import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { temporal } from '@temporalio/proto';
import { type RunStory, runView } from '../../views/run-view.ts';

const root = fileURLToPath(new URL('../../', import.meta.url)).slice(0, -1);

/** The text of a history, with no path of this machine, not in its payloads either. */
export function historyText(history: temporal.api.history.v1.IHistory): string {
  const told: unknown = JSON.parse(historyToJSON(history), (key, value: unknown) =>
    key === 'data' && typeof value === 'string'
      ? Buffer.from(Buffer.from(value, 'base64').toString('latin1').replaceAll(root, ''), 'latin1').toString(
          'base64',
        )
      : value,
  );
  return JSON.stringify(told, null, 2).replaceAll(root, '');
}

/** Writes the history of a run's latest execution and what is told of it, with no path of this machine. */
export async function writeRecorded(
  client: Client,
  id: string,
  folder: string,
  name: string,
): Promise<RunStory> {
  const { runId: execution } = await client.workflow.getHandle(id).describe();
  const history = await client.workflow.getHandle(id, execution).fetchHistory();
  const story = runView({ id, execution, events: history.events ?? [], pendingActivities: [], now: 0 });
  const { run, errors } = story;
  for (const [kind, text] of [
    ['history', historyText(history)],
    ['view', JSON.stringify({ run, errors }, null, 2)],
  ] as const)
    await writeFile(join(folder, `${name}.${kind}.json`), `${text.replaceAll(root, '')}\n`);
  return story;
}
