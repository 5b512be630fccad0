// A process that runs a command, as a worker does, for tests to kill: `holding-worker.ts <argv as JSON>`.

import { pino } from 'pino';
import { command } from '../../../activities/runners/command.ts';

await command({ argv: JSON.parse(process.argv[2] as string) })(null, {
  signal: new AbortController().signal,
  attempt: 1,
  idempotencyKey: 'k',
  goal: 'g',
  run: 'g:k',
  step: 's#1',
  deadline: null,
  remainingMs: 60_000,
  log: pino({ level: 'silent' }),
  secrets: {},
  lastCheckpoint: undefined,
  progress: () => undefined,
  checkpoint: () => undefined,
});
