// One start at a time has a folder of data: who has it is written there, with its addresses, so that a second start can say
// how to join the first, and the next one can end what a killed one left behind.

import { execFile } from 'node:child_process';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const FILE = 'running.json';
const GONE_MS = 5_000;
const POLL_MS = 20;

interface Process {
  name: string;
  pid: number;
  /** What tells it from another that gets its number later. */
  since: string | null;
}

interface Holder extends Process {
  gateway: string | null;
  temporal: string | null;
  /** What it has started, each with a process group of its own. */
  parts: Process[];
}

export interface HeldFolder {
  /** What is told to whoever comes second. */
  tell(addresses: { gateway?: string; temporal?: string }): Promise<void>;
  /** To be ended by the next start, should it outlive this one. */
  began(name: string, pid: number): Promise<void>;
  release(): Promise<void>;
}

/** Another start has the folder. */
export class FolderHeld extends Error {
  override readonly name = 'FolderHeld';
}

/**
 * Takes the folder. What a start that is gone has left running is ended, and said.
 * @throws FolderHeld that says how to join the start which has it.
 */
export async function holdFolder(home: string, say: (line: string) => void): Promise<HeldFolder> {
  const file = join(home, FILE);
  const mine: Holder = {
    name: 'npm start',
    pid: process.pid,
    since: await beginningOf(process.pid),
    gateway: null,
    temporal: null,
    parts: [],
  };
  for (;;) {
    try {
      await writeFile(file, JSON.stringify(mine), { flag: 'wx', mode: 0o600 });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const other = await readHolder(file);
    if (other !== null && (await isAlive(other))) throw new FolderHeld(howToJoin(home, other));
    for (const part of other?.parts ?? []) await endLeftOver(part, say);
    await rm(file, { force: true });
  }
  // One after the other, and each whole: a reader never sees half of it.
  let writing = Promise.resolve();
  const write = (): Promise<void> => {
    writing = writing.then(async () => {
      await writeFile(`${file}.draft`, JSON.stringify(mine), { mode: 0o600 });
      await rename(`${file}.draft`, file);
    });
    return writing;
  };
  return {
    tell(addresses) {
      Object.assign(mine, addresses);
      return write();
    },
    async began(name, pid) {
      const others = mine.parts.filter((part) => part.name !== name);
      mine.parts = [...others, { name, pid, since: await beginningOf(pid) }];
      await write();
    },
    async release() {
      await writing;
      await rm(file, { force: true });
    },
  };
}

async function readHolder(file: string): Promise<Holder | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as Holder;
  } catch {
    // Of one that was killed as it wrote; it had started nothing by then.
    return null;
  }
}

function howToJoin(home: string, { pid, gateway, temporal }: Holder): string {
  const where =
    gateway === null
      ? 'and is still starting'
      : `its gateway is ${gateway}${temporal === null ? '' : `, its Temporal ${temporal}`}`;
  const port = gateway === null ? 3001 : Number(new URL(gateway).port) + 1;
  return (
    `another goalkeeper (process ${pid}) runs in ${home}; ${where}. Ask that one, or stop it: Ctrl-C where it was ` +
    `started, or kill ${pid}. To run another folder beside it, join its Temporal: ` +
    `TEMPORAL_ADDRESS=${temporal ?? '127.0.0.1:7233'} PORT=${port} npm start -- <folder>`
  );
}

async function endLeftOver(part: Process, say: (line: string) => void): Promise<void> {
  if (!(await isAlive(part))) return;
  say(`ending ${part.name} (process ${part.pid}), which an earlier start left behind`);
  try {
    process.kill(-part.pid, 'SIGKILL');
  } catch {
    // It has ended meanwhile.
  }
  for (const until = Date.now() + GONE_MS; Date.now() < until && (await isAlive(part)); )
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

const isAlive = async ({ pid, since }: Process): Promise<boolean> => {
  const beginning = await beginningOf(pid);
  return beginning !== null && (since === null || beginning === since);
};

/** When a process began, as the system tells it; null when there is none. */
async function beginningOf(pid: number): Promise<string | null> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    // Its name, in brackets, may hold anything. A zombie has ended, once its last thread has.
    const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
    const isOver = fields?.[0] === 'Z' && Number(fields[17]) <= 1;
    return isOver ? null : (fields?.[19] ?? null);
  }
  try {
    return (await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)])).stdout.trim() || null;
  } catch {
    return null;
  }
}
