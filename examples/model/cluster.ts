// The scratch cluster, as its provider's API would have it: started and stopped by its name. A process of its own,
// which outlives the worker that started it; it writes its address into a file named after it.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { home } from './home.ts';

const PROGRAM = fileURLToPath(new URL('./python/cluster.py', import.meta.url));
/** It ends by itself, should it be forgotten all the same. */
const AT_MOST_S = 900;
const LOOK_MS = 50;

const fileOf = (name: string): string => join(home(), `${name}.cluster.json`);

/** Starts the cluster of that name, unless it is up. */
export async function start(name: string, signal: AbortSignal): Promise<boolean> {
  if (await isUp(name)) return false;
  await mkdir(home(), { recursive: true });
  await rm(fileOf(name), { force: true });
  const child = spawn('python3', [PROGRAM, name, fileOf(name), String(AT_MOST_S)], {
    detached: true,
    stdio: 'ignore',
  });
  try {
    const broken = failed(child);
    while (!(await isUp(name))) await Promise.race([pause(signal), broken]);
    child.unref();
    return true;
  } catch (error) {
    child.kill();
    throw error;
  }
}

/** Stops the cluster of that name, if there is one, and waits until it is gone. */
export async function stop(name: string, signal: AbortSignal): Promise<boolean> {
  if (!(await isUp(name))) {
    await rm(fileOf(name), { force: true });
    return false;
  }
  await ask(name, '/stop', 'POST').catch(() => undefined);
  while (await isUp(name)) await pause(signal);
  return true;
}

async function isUp(name: string): Promise<boolean> {
  try {
    const { name: told } = (await (await ask(name, '/', 'GET')).json()) as { name: string };
    return told === name;
  } catch {
    return false;
  }
}

async function ask(name: string, path: string, method: string): Promise<Response> {
  const { url } = JSON.parse(await readFile(fileOf(name), 'utf8')) as { url: string };
  return fetch(url + path, { method, signal: AbortSignal.timeout(2000) });
}

const failed = (child: ChildProcess): Promise<never> =>
  new Promise((_, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`the cluster ended at once, with exit code ${code}`)));
  });

async function pause(signal: AbortSignal): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  signal.throwIfAborted();
}
