// Histories that lie in a folder, as `temporal workflow show --output json` writes them: one a file, no server needed.

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { StartProblem } from '../../process/start-problem.ts';
import type { RecordedRun } from './recorded-run.ts';

/**
 * Reads every `.json` file below a folder, one at a time.
 * @throws StartProblem `histories_unreadable` when the folder has none, or one of them holds no history.
 */
export async function* runsInFolder(folder: string): AsyncGenerator<RecordedRun> {
  const files = await filesIn(folder);
  if (files.length === 0) throw unreadable(`${folder} holds no .json file`);
  for (const file of files) yield await runIn(file);
}

async function filesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => join(entry.parentPath, entry.name))
      .sort();
  } catch (error) {
    throw unreadable(`${folder} cannot be read (${(error as Error).message})`);
  }
}

async function runIn(file: string): Promise<RecordedRun> {
  let history: RecordedRun['history'];
  try {
    history = historyFromJSON(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    throw unreadable(`${file} holds no history (${(error as Error).message})`);
  }
  const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
  if (!started?.workflowType?.name)
    throw unreadable(`${file} holds no history: it does not begin with a start`);
  return {
    goal: started.workflowType.name,
    run: started.workflowId || file,
    execution: started.originalExecutionRunId || null,
    history,
  };
}

const unreadable = (what: string): StartProblem =>
  new StartProblem(
    'histories_unreadable',
    `${what}: give a folder of histories, each written by \`temporal workflow show --workflow-id … --output json\``,
  );
