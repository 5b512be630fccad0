// What teams publish of their goals, read from the memos of their catalogue entries: no worker need be up.

import { WorkflowNotFoundError } from '@temporalio/client';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { CataloguedGoal } from '../../goals/wire/answers.ts';
import { CATALOGUE_ENTRY, catalogueEntryId, SYSTEM_TASK_QUEUE } from '../../goals/wire/names.ts';
import { type PublishedGoal, publishedGoal } from '../../goals/wire/pause.ts';
import { GOAL_NAME, NAME_LIMIT } from '../../goals/wire/run-id.ts';
import { readQueue } from '../backlogs.ts';
import { concurrently } from '../http/concurrently.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { askedPause } from './asked-pause.ts';

const FRESH_MS = 2_000;
const GOALS_LIMIT = 2_000;
const ALL = 'all';

/** A list tells what workers have taken. Where they are behind, each goal is looked at, so many at once. */
const BEHIND_S = 1;
const LOOKS_AT_ONCE = 20;
/** So long a goal that was changed by this gateway is looked at, too: the list lags. */
const CHANGED_MS = 60_000;
/** So often a goal is looked at, should workers take what it is told meanwhile. */
const LOOKS = 3;

interface StandingGoal {
  workflowId: string;
  memo?: Record<string, unknown> | undefined;
}

export interface Catalogue {
  /** Every goal that is published, by name; retired ones too. */
  all(): Promise<CataloguedGoal[]>;
  /** One goal; null when none of that name is published, whatever the name. */
  find(goal: string): Promise<CataloguedGoal | null>;
  /** The goal has just changed: it is read anew. */
  forget(goal: string): void;
}

/** The catalogue, each part of it at most two seconds old. */
export function catalogueOf(temporal: Temporal, log: Logger): Catalogue {
  const read = ({ workflowId, memo }: StandingGoal): PublishedGoal[] => {
    const data = publishedGoal(memo);
    if (data !== null && workflowId === catalogueEntryId(data.goal)) {
      if (data.sealed) temporal.sealing.seesSealed();
      return [data];
    }
    log.warn(
      { workflow: workflowId },
      'this catalogue entry holds no publication that this gateway can read',
    );
    return [];
  };

  const list = async (): Promise<CataloguedGoal[]> => {
    const query = `WorkflowType = '${CATALOGUE_ENTRY}' AND ExecutionStatus = 'Running'`;
    const found: PublishedGoal[] = [];
    const pages = temporal.client.workflow.list({ query, pageSize: 200 })[Symbol.asyncIterator]();
    while (found.length < GOALS_LIMIT) {
      // A deadline for each page, not for the whole.
      const { done, value } = await temporal.call(() => pages.next());
      if (done) break;
      found.push(...read(value));
    }
    const isBehind = found.length > 0 && (await areBehind());
    const looked = await concurrently(LOOKS_AT_ONCE, found, async (listed) =>
      isBehind || changed.has(listed.goal) ? await describe(listed.goal) : listed,
    );
    return looked.filter((goal) => goal !== null).sort((a, b) => (a.goal < b.goal ? -1 : 1));
  };

  /** Whether a catalogue entry may have been told what no worker has taken. */
  const areBehind = async (): Promise<boolean> => {
    const { pollers, seconds } = await readQueue(temporal, { queue: SYSTEM_TASK_QUEUE, type: 'workflow' });
    return pollers === 0 || seconds > BEHIND_S;
  };

  const describe = async (goal: string, looks = LOOKS): Promise<CataloguedGoal | null> => {
    try {
      const handle = temporal.client.workflow.getHandle(catalogueEntryId(goal));
      const described = await temporal.call(() => handle.describe());
      const stands = described.status.name === 'RUNNING' && described.type === CATALOGUE_ENTRY;
      const [published] = stands ? read(described) : [];
      if (published === undefined) return null;
      const asked = await askedPause(temporal, described);
      if (asked === 'taken' && looks > 1) return describe(goal, looks - 1);
      if (asked === 'taken' || asked === null || asked.paused?.at === published.paused?.at) return published;
      return { ...published, paused: asked.paused, pausePending: true };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  };

  // That there is nothing is not remembered: a goal that was just published is there at once. Who asks while a goal is
  // forgotten is answered all the same.
  const lists = new LRUCache<string, CataloguedGoal[]>({
    ...{ max: 1, ttl: FRESH_MS, ignoreFetchAbort: true },
    fetchMethod: async () => {
      const goals = await list();
      return goals.length === 0 ? undefined : goals;
    },
  });
  const changed = new LRUCache<string, true>({ max: GOALS_LIMIT, ttl: CHANGED_MS });
  const single = new LRUCache<string, CataloguedGoal>({
    ...{ max: GOALS_LIMIT, ttl: FRESH_MS, ignoreFetchAbort: true },
    fetchMethod: async (goal) => (await describe(goal)) ?? undefined,
  });
  return {
    all: async () => (await lists.fetch(ALL)) ?? [],
    async find(goal) {
      if (!GOAL_NAME.test(goal) || goal.length > NAME_LIMIT) return null;
      const found = (await single.fetch(goal)) ?? null;
      if (found !== null && lists.get(ALL)?.every((other) => other.goal !== goal)) lists.delete(ALL);
      return found;
    },
    forget(goal) {
      changed.set(goal, true);
      single.delete(goal);
      lists.delete(ALL);
    },
  };
}
