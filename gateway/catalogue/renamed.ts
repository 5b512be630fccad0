// Addresses of a goal that has another name now: whoever asks by the old one is sent on. A run keeps its ID, and is looked for under the
// other names only where there is none of the ID that is asked for.

import type { Context } from 'hono';
import { familyOf, successorOf } from '../../goals/wire/former-names.ts';
import { partsOfScheduleId, scheduleId } from '../../goals/wire/names.ts';
import { parseRunId, runId } from '../../goals/wire/run-id.ts';
import { Problem } from '../http/problems.ts';
import type { RouteFacts } from '../http/route.ts';
import type { Catalogue } from './catalogue.ts';

interface Known {
  catalogue: Catalogue;
  runs: { find(id: string): Promise<unknown> };
}

type Asked = Pick<RouteFacts, 'method' | 'path'>;

/** A request waits no longer for the catalogue than this: it is answered by the name that it says. */
const MOMENT_MS = 300;

/** The same, where it is known in a moment: a Temporal that is slow or away is for the route itself to tell of. */
export async function movedInAMoment(known: Known, route: Asked, c: Context): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), MOMENT_MS);
  });
  try {
    return await Promise.race([movedTo(known, route, c).catch(() => null), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Where the goal, or its schedule, is by now; null where it is still there, or never was. */
async function movedTo({ catalogue }: Known, route: Asked, c: Context): Promise<string | null> {
  const { goal, id = '' } = c.req.param() as { goal?: string; id?: string };
  const schedule = route.path.startsWith('/schedules/') ? partsOfScheduleId(id) : null;
  const name = goal ?? schedule?.goal;
  if (name === undefined) return null;
  // The route reads it in any case. A name that is not retired yet is answered as itself, for a second at most.
  const published = await catalogue.find(name);
  if (published !== null && !published.retired) return null;
  const successor = successorOf(name, await catalogue.all());
  if (successor === undefined) return null;
  return schedule === null
    ? addressOf(route, c, { goal: successor.goal })
    : addressOf(route, c, { id: scheduleId(successor.goal, schedule.name) });
}

/** Where it is by now, what a route has refused as not there: there is time to look, and the list is read anew. */
export async function movedAfter(
  known: Known,
  route: Asked,
  c: Context,
  error: unknown,
): Promise<string | null> {
  if (error instanceof Problem && (error.code === 'goal_retired' || error.code === 'goal_unknown')) {
    known.catalogue.forget(c.req.param('goal') ?? '');
    return movedTo(known, route, c);
  }
  return runMovedTo(known, route, c, error);
}

/** Where the run is that was not found; null where it is under no other name. What deletes is sent nowhere: it means this very run. */
async function runMovedTo(
  { catalogue, runs }: Known,
  route: Asked,
  c: Context,
  error: unknown,
): Promise<string | null> {
  if (!(error instanceof Problem) || error.code !== 'run_unknown' || route.method === 'DELETE') return null;
  const asked = parseRunId(c.req.param('id') ?? '');
  if (asked === null || c.req.query('execution') !== undefined) return null;
  for (const name of familyOf(asked.goal, await catalogue.all())) {
    if (name === asked.goal) continue;
    const id = runId(name, asked.key);
    const isThere = await runs.find(id).then(
      () => true,
      (missing: unknown) => {
        if (missing instanceof Problem && missing.code === 'run_unknown') return false;
        throw missing;
      },
    );
    if (isThere) return addressOf(route, c, { id });
  }
  return null;
}

function addressOf({ path }: Asked, c: Context, instead: Record<string, string>): string {
  const params: Record<string, string> = { ...c.req.param(), ...instead };
  const filled = path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  return filled + new URL(c.req.url).search;
}
