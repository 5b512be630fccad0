// Tells the recorded histories anew, where views have come to tell more: `node --import tsx test/histories/retell.ts`.
// Read the difference before it is committed: what was told before must still be told.

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { runView } from '../../views/run-view.ts';

const root = fileURLToPath(new URL('.', import.meta.url));
for (const file of await readdir(root, { recursive: true })) {
  if (!file.endsWith('.view.json')) continue;
  const told = JSON.parse(await readFile(join(root, file), 'utf8')) as {
    run: { id: string; execution: string };
  };
  const recorded = await readFile(join(root, file.replace('.view.json', '.history.json')), 'utf8');
  const { events } = historyFromJSON(JSON.parse(recorded));
  const { id, execution } = told.run;
  const { run, errors } = runView({ id, execution, events: events ?? [], pendingActivities: [], now: 0 });
  await writeFile(join(root, file), `${JSON.stringify({ run, errors }, null, 2)}\n`);
}
