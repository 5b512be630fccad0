// The installation's last one-shot: pursues a folder's main job before the gateway at GATEWAY_URL, once its goals are
// published, with the token in GOALKEEPER_TOKEN_FILE. Exit code 0 when all ended as they should.

import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { mainJobOf, pursueMainJob } from '../local/pursue-main-job.ts';
import { Terminal } from '../local/terminal.ts';

const PUBLISHED_MS = 120_000;
const LOOK_MS = 500;

const { GATEWAY_URL: gateway = 'http://127.0.0.1:3000', GOALKEEPER_TOKEN_FILE: tokenFile } = process.env;
const token = tokenFile ? readFileSync(tokenFile, 'utf8').trim() : null;
const stopping = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

const mainJob = await mainJobOf(resolve(process.argv[2] ?? 'examples/warehouse'));
for (const { goal } of mainJob?.pursuits('any') ?? []) await published(goal);
const { asMeant } = await pursueMainJob(mainJob, gateway, new Terminal(), stopping.signal, token);
process.exitCode = asMeant ? 0 : 1;

async function published(goal: string): Promise<void> {
  for (const until = Date.now() + PUBLISHED_MS; ; ) {
    const headers: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
    const { ok, status } = await fetch(`${gateway}/goals/${goal}`, { headers }).catch(() => ({
      ok: false,
      status: 'no answer',
    }));
    if (ok) return;
    if (Date.now() > until) throw new Error(`no worker has published ${goal}: the gateway says ${status}`);
    await new Promise((resolveSleep) => setTimeout(resolveSleep, LOOK_MS));
  }
}
