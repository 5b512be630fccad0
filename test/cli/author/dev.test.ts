// `goalkeeper dev` as whoever develops has it: real processes on the suite's Temporal, saves, and Ctrl-C.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort, isPortFree } from '../../../deploy/local/free-port.ts';
import { bundled } from '../../bundled.ts';
import { fresh } from '../../engine/workbench.ts';
import { temporalAddress } from '../../temporal-address.ts';
import { GOALKEEPER, goals, jobs, projectOf } from './project.ts';

const NAME = 'dev-greeted';

let folder: string;
let port: number;
let child: ChildProcess;
let output = '';
let read = 0;

beforeAll(async () => {
  folder = await projectOf({ 'goals.ts': goals(NAME), 'jobs.ts': jobs() });
  await bundled(join(folder, 'goals.ts'));
  port = await freePort();
  child = spawn(process.execPath, [GOALKEEPER, 'dev', '--port', String(port)], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', TEMPORAL_ADDRESS: temporalAddress },
    detached: true,
  });
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
});
afterAll(async () => {
  if (child.exitCode === null) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

/** Waits until the output holds it, after what was waited for before. */
async function says(text: string): Promise<void> {
  await expect
    .poll(() => (child.exitCode === null ? output.slice(read) : `it ended: ${output}`), { timeout: 120_000 })
    .toContain(text);
  read = output.indexOf(text, read) + text.length;
}

/** What a new run says, and how it ended. */
async function greeting(): Promise<unknown> {
  const response = await fetch(`http://127.0.0.1:${port}/goals/${NAME}/runs`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', prefer: 'wait=60' },
    body: JSON.stringify({ input: { who: fresh('ada') } }),
  });
  const { outcome, output: said } = (await response.json()) as { outcome: string; output: { said: string } };
  return [outcome, said?.said.split(' ')[0]];
}

test('what is saved serves; a save with a mistake is told by its place, and the code before goes on', async () => {
  await says(`serving ${NAME}`);
  expect(await greeting()).toEqual(['achieved', 'hello']);

  await writeFile(join(folder, 'jobs.ts'), `${jobs('broken')}\nconst x = ;\n`);
  await says('jobs.ts:6:11: error module_broken: Unexpected ";"');
  await says('1 mistake: the code before goes on');
  expect(await greeting()).toEqual(['achieved', 'hello']);

  await writeFile(join(folder, 'goals.ts'), goals(NAME).replace("said !== ''", "said.startsWith('hey')"));
  await writeFile(join(folder, 'jobs.ts'), jobs('hi'));
  await says(`serving ${NAME}`);
  expect(await greeting()).toEqual(['failed', undefined]);
});

test('Ctrl-C ends all of it', async () => {
  const exit = once(child, 'exit');
  process.kill(-(child.pid as number), 'SIGINT');
  expect(await exit).toEqual([0, null]);
  expect(await isPortFree(port)).toBe(true);
  if (process.platform === 'linux') expect(processesOf(folder)).toEqual([]);
});

/** Command lines of the processes that were started in the folder. */
const processesOf = (path: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`PWD=${path}\0`) ||
          command.includes(path)
          ? [command]
          : [];
      } catch {
        return [];
      }
    });
