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

const [directory, gateway = 'http://127.0.0.1:3000'] = process.argv.slice(2);
if (directory === undefined) throw new Error('give the directory to watch');
const told = new Map<string, string>();

for (;;) {
  for (const entry of await readdir(directory, { withFileTypes: true }))
    if (entry.isFile() && !/^\.|\.(part|tmp|filepart)$/.test(entry.name))
      await look(entry.name).catch((error: Error) => console.error(`${entry.name}: ${error.message}`));
  await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
}

/** Tells of the file, if it has landed. What cannot be told now is told at a later look. */
async function look(file: string): Promise<void> {
  const path = join(directory as string, file);
  const version = async (): Promise<string> => {
    const { size, mtimeMs } = await stat(path);
    return `${size} ${mtimeMs}`;
  };
  const before = await version();
  if (told.get(file) === before || Date.now() - Number(before.split(' ')[1]) < SETTLED_MS) return;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  // Else it is still being written.
  if ((await version()) !== before) return;
  const sha256 = hash.digest('hex');
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
  if (!response.ok) throw new Error(`the gateway answers ${response.status}`);
  told.set(file, before);
  console.log(`${file} landed: ${await response.text()}`);
}
