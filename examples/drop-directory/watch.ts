// Watches a directory into which others put files, as by FTP, and tells the gateway of each that has landed whole:
// `node --import tsx examples/drop-directory/watch.ts <directory> [<gateway>]`. It keeps no record of what it has told:
// started again it tells everything again, and the gateway knows the events that it has had.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';

/** A file that has not changed for so long has landed. */
const SETTLED_MS = Number(process.env.DROP_SETTLED_MS ?? 2_000);
const LOOK_MS = 250;
/** Until a file that was not taken is told of again: doubled each time. */
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

/** A file that has landed. */
interface Landed {
  /** Its size and time: another version is told of as another file. */
  version: string;
  sha256: string;
  /** When it is told of next; never, once it is taken. */
  nextAt: number;
  pauseMs: number;
  /** Why it was not taken so far. */
  reason: string | null;
}

interface Answer {
  items: { goals: { goal: string; how: string; message?: string }[] }[];
}

const [directory, gateway = 'http://127.0.0.1:3000'] = process.argv.slice(2);
if (directory === undefined) throw new Error('give the directory to watch');
const known = new Map<string, Landed>();

for (;;) {
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isFile() && !/^\.|\.(part|tmp|filepart)$/.test(entry.name))
      await look(entry.name).catch((error: Error) => console.error(`${entry.name}: ${error.message}`));
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

/** Tells of the file, if it has landed and is not taken yet. */
async function look(file: string): Promise<void> {
  const landed = await landedAs(file);
  if (landed === null || Date.now() < landed.nextAt) return;
  const reason = await tell(file, landed).catch((error: Error) => error.message);
  landed.nextAt = reason === null ? Number.POSITIVE_INFINITY : Date.now() + landed.pauseMs;
  landed.pauseMs = Math.min(LONGEST_PAUSE_MS, landed.pauseMs * 2);
  if (reason !== null && reason !== landed.reason)
    console.log(`${file} is not taken yet, and told of again: ${reason}`);
  landed.reason = reason;
}

/** Null as long as it is being written. It is read once. */
async function landedAs(file: string): Promise<Landed | null> {
  const path = join(directory as string, file);
  const { size, mtimeMs } = await stat(path);
  const version = `${size} ${mtimeMs}`;
  const before = known.get(file);
  if (before?.version === version) return before;
  if (Date.now() - mtimeMs < SETTLED_MS) return null;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  const after = await stat(path);
  if (`${after.size} ${after.mtimeMs}` !== version) return null;
  const landed: Landed = {
    version,
    sha256: hash.digest('hex'),
    nextAt: 0,
    pauseMs: FIRST_PAUSE_MS,
    reason: null,
  };
  known.set(file, landed);
  return landed;
}

/** Null once it is taken by each goal that means it, and by one at least; else why not. To tell it again repeats nothing. */
async function tell(file: string, { sha256 }: Landed): Promise<string | null> {
  const response = await fetch(`${gateway}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/cloudevents+json' },
    body: JSON.stringify({
      specversion: '1.0',
      type: 'file.landed',
      source: '/drop-directory',
      id: `${file}:${sha256}`,
      data: { file, sha256, kind: extname(file).slice(1) },
    }),
    signal: AbortSignal.timeout(30_000),
  });
  // Also while a goal that means it is paused.
  if (!response.ok) return `the gateway answers ${response.status}: ${await detailOf(response)}`;
  const answer = (await response.json()) as Answer;
  const goals = answer.items.flatMap((item) => item.goals);
  // It may be published later: whether nobody ever means such a file cannot be known.
  if (goals.length === 0) return 'no goal means it';
  const refused = goals.find(({ how }) => how === 'refused');
  if (refused !== undefined) return `${refused.goal} does not take it: ${refused.message}`;
  console.log(`${file} landed: ${JSON.stringify(answer)}`);
  return null;
}

async function detailOf(response: Response): Promise<string> {
  const problem = (await response.json().catch(() => ({}))) as { detail?: string };
  return problem.detail ?? response.statusText;
}
