// One folder for all that the suite's processes put down: it is their temporary directory, and goes when the suite ends. What
// is left elsewhere, and whoever lives on, fails the suite.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { TestProject } from 'vitest/node';
import { BundleCache } from '../activities/bundle-cache.ts';

/** With the process whose it is, so that what a suite left that was killed can be told from what another suite uses. */
const ROOT = /^gk-(?:suite|temporal)-(\d+)-/;
/** Ours by their names, were one of our processes to lose its temporary directory. */
const OURS = /^(gk|goalkeeper|temporal)-/;
/** So long a process of the last test may take to end. */
const GRACE_MS = 10_000;

export default async function scratch(project: TestProject): Promise<() => Promise<void>> {
  const outside = tmpdir();
  for (const name of readdirSync(outside))
    if (isAbandoned(name)) rmSync(join(outside, name), { recursive: true, force: true });
  const bundles = new BundleCache();
  await bundles.prune();
  const before = new Set(readdirSync(outside));
  const root = await mkdtemp(join(outside, `gk-suite-${process.pid}-`));
  // As a system's temporary directory is: PostgreSQL runs as a user of its own.
  await chmod(root, 0o1777);
  // What tsx keeps there of our sources, it keeps for every suite.
  const kept = `tsx-${process.getuid?.() ?? process.env.USERNAME}`;
  // tsx cannot make the folder through the link.
  mkdirSync(join(outside, kept), { recursive: true });
  symlinkSync(join(outside, kept), join(root, kept));
  process.env.TMPDIR = root;
  process.env.XDG_DATA_HOME = join(root, 'data');
  // Should the suite end without its teardown.
  const clear = () => rmSync(root, { recursive: true, force: true });
  process.on('exit', clear);

  return async () => {
    const left: string[] = [];
    for (const { pid, command } of await livingAt(root)) left.push(`process ${pid} lives on: ${command}`);
    await rm(root, { recursive: true, force: true, maxRetries: 5 });
    // What is new while only a part runs may be of another suite beside it.
    if (await isWhole(project)) {
      for (const name of await readdir(outside))
        if (OURS.test(name) && !ROOT.test(name) && !before.has(name)) left.push(join(outside, name));
      const { length: excess } = await bundles.excess();
      if (excess > 0) left.push(`${excess} bundles in the user's cache beyond its bounds`);
    }
    if (left.length === 0) return;
    // Vitest writes what a teardown throws, and ends with 0.
    process.exitCode = 1;
    throw new Error(`the suite left behind:\n${left.map((one) => `- ${one}`).join('\n')}`);
  };
}

/** Whether the name is of what a suite left that was killed. */
export function isAbandoned(name: string): boolean {
  const pid = Number(ROOT.exec(name)?.[1]);
  if (Number.isNaN(pid)) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

async function isWhole({ vitest }: TestProject): Promise<boolean> {
  const all = await vitest.globTestSpecifications();
  return vitest.state.getFiles().length >= all.length;
}

interface Living {
  pid: number;
  command: string;
}

/** Processes whose temporary directory is the suite's, once those that are ending have ended. Linux tells of them, no other. */
async function livingAt(root: string): Promise<Living[]> {
  if (!existsSync('/proc/self/environ')) return [];
  for (const end = Date.now() + GRACE_MS; ; await delay(100)) {
    const living = readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .flatMap((pid): Living[] => {
        try {
          const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
          if (!variables.includes(`TMPDIR=${root}`)) return [];
          return [
            { pid: Number(pid), command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ') },
          ];
        } catch {
          // It is another user's, or has ended.
          return [];
        }
      });
    if (living.length === 0 || Date.now() > end) return living;
  }
}
