// What the jobs do: a thing is a process, whose ID is in the file `<name>.pid`. `<name>.log` tells what was done. As
// long as there is a file `<name>.broken`, no teardown works.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { permanent } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import { create, destroy, destroyInTurn, destroyPatiently, work } from './goals.ts';

interface Thing {
  folder: string;
  name: string;
}

const fileOf = ({ folder, name }: Thing, kind: string): string => join(folder, `${name}.${kind}`);
const note = (thing: Thing, what: string) => appendFile(fileOf(thing, 'log'), `${what}\n`);

async function tearDown(thing: Thing, { idempotencyKey }: JobContext) {
  if (existsSync(fileOf(thing, 'broken')))
    throw Object.assign(new Error('the thing does not let go'), { code: 'teardown_broken' });
  const pid = Number(await readFile(fileOf(thing, 'pid'), 'utf8').catch(() => '0'));
  if (pid > 0) process.kill(pid, 'SIGKILL');
  await rm(fileOf(thing, 'pid'), { force: true });
  await note(thing, `destroyed ${idempotencyKey}`);
  return {};
}

export const jobs = [
  bind(create, async (thing) => {
    if (existsSync(fileOf(thing, 'pid'))) throw permanent('there is one already', { code: 'two_at_once' });
    const { pid = 0 } = spawn('sleep', ['300'], { detached: true, stdio: 'ignore' }).on('error', () => {});
    await writeFile(fileOf(thing, 'pid'), String(pid));
    await note(thing, 'created');
    return { pid };
  }),
  bind(destroy, tearDown),
  bind(destroyPatiently, tearDown),
  bind(destroyInTurn, tearDown),
  bind(work, async ({ label, what, ...thing }, { signal }) => {
    await note(thing, `began ${label}`);
    if (what === 'fail' && !existsSync(fileOf(thing, 'mended')))
      throw permanent('it cannot be done', { code: 'undoable' });
    while (what === 'wait' && !existsSync(fileOf(thing, label))) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await note(thing, `did ${label}`);
    return { label };
  }),
];
