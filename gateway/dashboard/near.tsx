/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// What somebody may have meant who asks for something that is not there: names like the one that they wrote, of what they may see.

import { nearNames } from '../http/near-names.ts';
import { runPath } from './actions/run-places.ts';
import { type Ask, asked, askedIfAny, pathWith, type Refusal, RefusedAnswer } from './asking.ts';
import { visible } from './text.tsx';

export interface NearThing {
  words: string;
  href: string;
}

/** Rows of a goal among which the key of a run is looked for. */
const LOOKED_AT = 100;

export const Near = ({ things }: { things: readonly NearThing[] }) =>
  things.length === 0 ? null : (
    <section aria-labelledby="near">
      <h2 id="near">Did you mean</h2>
      <ul class="lines">
        {things.map(({ words, href }) => (
          <li>
            <a href={href} data-row>
              <bdi class="mono">{visible(words)}</bdi>
            </a>
          </li>
        ))}
      </ul>
    </section>
  );

/** What is near to what a path names, and the API refused as not there. */
export async function nearThings(ask: Ask, path: string, { code, near }: Refusal): Promise<NearThing[]> {
  if (code === 'route_unknown') return near.map((one) => ({ words: one, href: one }));
  if (code === 'goal_unknown')
    return near.map((goal) => ({ words: goal, href: inPath(path, 'goals', goal) }));
  if (code === 'dataset_unknown')
    return near.map((name) => ({ words: name, href: inPath(path, 'datasets', name) }));
  return code === 'run_unknown' ? nearRuns(ask, path) : [];
}

/** Teams near to one of which nothing is listed. */
export async function nearTeams(ask: Ask, team: string): Promise<NearThing[]> {
  const all = await askedIfAny<{ items: { team: string }[] }>(ask, '/goals');
  return nearNames(team, all?.items.map((goal) => goal.team) ?? []).map((name) => ({
    words: name,
    href: pathWith('/goals', { team: name }),
  }));
}

/** Goals near to one of which no run is listed, where there is no such goal. */
export async function nearGoals(
  ask: Ask,
  goal: string,
  hrefOf: (goal: string) => string,
): Promise<NearThing[]> {
  return (await goalsNear(ask, goal)).map((name) => ({ words: name, href: hrefOf(name) }));
}

async function goalsNear(ask: Ask, goal: string): Promise<readonly string[]> {
  try {
    await asked(ask, `/goals/${encodeURIComponent(goal)}`);
    return [];
  } catch (error) {
    if (error instanceof RefusedAnswer) return error.refusal.near;
    throw error;
  }
}

/** Runs of the goal whose keys are like the one that is asked for; or of goals like the one that is, with the same key. */
async function nearRuns(ask: Ask, path: string): Promise<NearThing[]> {
  const id = nameIn(path);
  const [goal = '', ...rest] = id.split(':');
  const key = rest.join(':');
  const rows = await askedIfAny<{ items: { id: string; key: string }[] }>(
    ask,
    pathWith('/runs/rows', { goal, limit: String(LOOKED_AT) }),
  );
  const listed = rows?.items ?? [];
  if (listed.length > 0)
    return nearNames(
      key,
      listed.map((row) => row.key),
    ).flatMap((near) =>
      listed
        .filter((row) => row.key === near)
        .slice(0, 1)
        .map(ofRun),
    );
  const found = await Promise.all(
    (await goalsNear(ask, goal)).map(async (name): Promise<NearThing> => {
      const run = `${name}:${key}`;
      const isThere = (await askedIfAny(ask, runPath(run))) !== null;
      return isThere ? ofRun({ id: run }) : { words: name, href: `/goals/${encodeURIComponent(name)}` };
    }),
  );
  return found;
}

const ofRun = ({ id }: { id: string }): NearThing => ({ words: id, href: runPath(id) });

/** What a path names, such as the run of `/runs/load%3A1/record`. */
function nameIn(path: string): string {
  try {
    return decodeURIComponent(path.split('/')[2] ?? '');
  } catch {
    return '';
  }
}

/** The same address of another thing; its own page, where the address is not one of such a thing. */
function inPath(path: string, list: string, name: string): string {
  const [, first, , ...rest] = path.split('/');
  return ['', list, encodeURIComponent(name), ...(first === list ? rest : [])].join('/');
}
