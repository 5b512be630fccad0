// A team's main job pursued before a gateway, and told as it goes.

import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Run } from '../../goals/wire/run-view.ts';
import { decideWhenAsked } from './decide.ts';
import { followRun, type GatewayReader } from './follow-run.ts';
import type { MainJob, MainPursuit } from './main-job.ts';
import type { Terminal } from './terminal.ts';

/** How long a gateway may be away, as when it is started again. */
const AWAY_MS = 30_000;
const LOOK_MS = 200;

/** What the folder says in its `main-job.ts`; null where it has none. */
export async function mainJobOf(folder: string): Promise<MainJob | null> {
  const file = join(folder, 'main-job.ts');
  const exists = await stat(file).catch(() => null);
  if (exists === null) return null;
  return ((await import(pathToFileURL(file).href)) as { mainJob: MainJob }).mainJob;
}

/** Pursues a main job's goals, one after the other, with a token where the gateway asks for one: whether each ended as it is meant to, and the last run's ID. */
export async function pursueMainJob(
  mainJob: MainJob | null,
  gatewayUrl: string,
  terminal: Terminal,
  signal: AbortSignal,
  token: string | null = null,
): Promise<{ asMeant: boolean; last: string | null }> {
  // The key names the moment, so that it is new each time and tells when.
  const key = new Date().toISOString().replace(/[-:]/g, '').replace(/\..*/, '');
  const gateway = gatewayAt(gatewayUrl, signal, token);
  let asMeant = true;
  let last: string | null = null;
  for (const pursuit of mainJob?.pursuits(key) ?? []) {
    const run = await pursueOne(gateway, pursuit, terminal, signal);
    if (run.outcome === 'achieved' && pursuit.shows) terminal.line(`    ${pursuit.shows(run.output)}`);
    last = run.id;
    const code = run.outcome === 'achieved' ? null : (run.failure?.code ?? run.outcome);
    const wanted = pursuit.ends === 'achieved' ? null : pursuit.ends.failed;
    if (code === wanted) {
      if (wanted !== null)
        terminal.line(
          terminal.style('dim', '    (this one is meant to fail, so that you see how a failure reads)'),
        );
      continue;
    }
    terminal.line(
      terminal.style(
        'red',
        `    this should have ended ${wanted === null ? 'achieved' : `failed with ${wanted}`}`,
      ),
    );
    asMeant = false;
  }
  return { asMeant, last };
}

async function pursueOne(
  gateway: GatewayReader & { post<T>(path: string, body: unknown): Promise<T> },
  { goal, input, decides }: MainPursuit,
  terminal: Terminal,
  signal: AbortSignal,
): Promise<Run> {
  const { outcome } = await gateway.get<{ outcome: string }>(`/goals/${goal}`);
  const { id } = await gateway.post<Run>(`/goals/${goal}/runs`, { input });
  terminal.line();
  terminal.line(`  ${terminal.style('bold', goal)}  ${terminal.style('dim', outcome)}`);
  const decided = decides === undefined ? null : decideWhenAsked(gateway, id, decides, signal);
  const [run] = await Promise.all([followRun(gateway, id, terminal, signal), decided]);
  return run;
}

function gatewayAt(url: string, signal: AbortSignal, token: string | null) {
  const credentials: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  const call = async <T>(path: string, init: RequestInit): Promise<T> => {
    for (const until = Date.now() + AWAY_MS; ; ) {
      const response = await fetch(`${url}${path}`, { ...init, signal }).catch((error: Error) => error);
      if (!(response instanceof Error) && response.ok) return (await response.json()) as T;
      // One that died is started again, and all that is asked here may be asked twice.
      const isAway = response instanceof Error || response.status === 503;
      if (!isAway || signal.aborted || Date.now() > until)
        throw response instanceof Error
          ? response
          : new Error(`the gateway answered ${response.status} to ${path}: ${await response.text()}`);
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  };
  return {
    get: <T>(path: string) => call<T>(path, { headers: credentials }),
    post: <T>(path: string, body: unknown) =>
      call<T>(path, {
        method: 'POST',
        headers: { ...credentials, 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
  };
}
