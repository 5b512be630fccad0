// A process that runs a command or a container, as a worker does, for tests to kill: `holding-worker.ts <options as JSON>`.

import { pino } from 'pino';
import { type CommandOptions, command } from '../../../activities/runners/command.ts';
import { type ContainerOptions, container } from '../../../activities/runners/container.ts';
import { artifactsTo } from '../../../goals/artifacts.ts';

const options = JSON.parse(process.argv[2] as string) as CommandOptions | ContainerOptions;
const runner = 'image' in options ? container(options) : command(options);

await runner(
  { mode: 'deaf' },
  {
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
    checkpoint: async () => undefined,
    artifact: artifactsTo(() => undefined),
  },
);
