// Goals of this worker that others of its goals need, and that were light before: their keys may be achieved by runs in hosts, which no child
// would find.

import type { Client } from '@temporalio/client';
import type { Goal } from '../../goals/index.ts';
import { hasLight } from '../../goals/wire/light.ts';
import { LIGHT_BEFORE_GLOBAL } from '../../goals/wire/names.ts';
import { publicationOf } from './publications.ts';

/** Names of goals that are light no more, by what is published before this worker publishes its own. */
export async function neededLightBefore(client: Client, goals: readonly Goal[]): Promise<string[]> {
  const needed = new Set(goals.flatMap(({ needs }) => needs).filter(({ kind }) => kind === 'goal'));
  const ordinary = [...needed].filter((goal) => (goal as Goal).light === null).map(({ name }) => name);
  const published = await Promise.all(ordinary.map((name) => publicationOf(client, name)));
  return ordinary.filter((_, i) => {
    const one = published[i];
    return one != null && hasLight(one);
  });
}

/** Workflow code as it runs where such goals are needed. Its first line is made longer, so that stacks name the same lines. */
export const askingHosts = (code: string, names: readonly string[]): string =>
  names.length === 0 ? code : `globalThis.${LIGHT_BEFORE_GLOBAL} = ${JSON.stringify(names)}; ${code}`;
