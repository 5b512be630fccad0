// The warden's process (warden.ts): `node warden-process.ts <mark>`. It reads from stdin what to end, one JSON object a
// line, and ends it once stdin closes: the worker is gone.

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { endMarked, signalProcess } from './leftovers.ts';
import type { WatchedCommand } from './warden.ts';

const END_MS = 30_000;

const mark = process.argv[2] as string;
const watched = new Map<string, WatchedCommand>();

// It ends with the worker, never before.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

for await (const line of createInterface({ input: process.stdin })) {
  const told = read(line);
  if (told?.gone) watched.delete(told.mark);
  else if (told !== null) watched.set(told.mark, told);
}

for (const { group } of watched.values()) if (group !== null) signalProcess(-group, 'SIGKILL');
await Promise.all([
  endMarked(mark, END_MS),
  // What was being started in the worker's last moment has its mark only now.
  delay(500).then(() => endMarked(mark, END_MS)),
  ...[...watched.values()].map(async ({ endWith }) => {
    for (const command of endWith) await run(command);
  }),
]);

/** Null for a line that the worker did not live to end. */
function read(line: string): (WatchedCommand & { gone?: true }) | null {
  try {
    return JSON.parse(line) as WatchedCommand;
  } catch {
    return null;
  }
}

function run([program, ...args]: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const child = spawn(program as string, args, { stdio: 'ignore', timeout: END_MS });
    child.once('error', () => resolve());
    child.once('exit', () => resolve());
  });
}
