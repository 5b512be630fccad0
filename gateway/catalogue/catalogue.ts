// What teams publish of their goals, read from the memos of their standing goals: no worker need be up.

import { WorkflowNotFoundError } from '@temporalio/client';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { STANDING_GOAL, standingGoalId } from '../../goals/wire/names.ts';
import { type PublishedGoal, publishedGoal } from '../../goals/wire/pause.ts';
import { GOAL_NAME, NAME_LIMIT } from '../../goals/wire/run-id.ts';
import type { Temporal } from '../temporal/temporal.ts';

const FRESH_MS = 2_000;
const GOALS_LIMIT = 2_000;
const ALL = 'all';

interface StandingGoal {
  workflowId: string;
  memo?: Record<string, unknown> | undefined;
}

export interface Catalogue {
  /** Every goal that is published, by name; retired ones too. */
  all(): Promise<PublishedGoal[]>;
  /** One goal; null when none of that name is published, whatever the name. */
  find(goal: string): Promise<PublishedGoal | null>;
  /** The goal has just changed: it is read anew. */
  forget(goal: string): void;
}

/** The catalogue, each part of it at most two seconds old. */
export function catalogueOf(temporal: Temporal, log: Logger): Catalogue {
  const read = ({ workflowId, memo }: StandingGoal): PublishedGoal[] => {
    const data = publishedGoal(memo);
    if (data !== null && workflowId === standingGoalId(data.goal)) return [data];
    log.warn({ workflow: workflowId }, 'this standing goal holds no publication that this gateway can read');
    return [];
  };

  const list = async (): Promise<PublishedGoal[]> => {
    const query = `WorkflowType = '${STANDING_GOAL}' AND ExecutionStatus = 'Running'`;
    const found: PublishedGoal[] = [];
    const pages = temporal.client.workflow.list({ query, pageSize: 200 })[Symbol.asyncIterator]();
    while (found.length < GOALS_LIMIT) {
      // A deadline for each page, not for the whole.
      const { done, value } = await temporal.call(() => pages.next());
      if (done) break;
      found.push(...read(value));
    }
    return found.sort((a, b) => (a.goal < b.goal ? -1 : 1));
  };

  const describe = async (goal: string): Promise<PublishedGoal | null> => {
    try {
      const handle = temporal.client.workflow.getHandle(standingGoalId(goal));
      const described = await temporal.call(() => handle.describe());
      const stands = described.status.name === 'RUNNING' && described.type === STANDING_GOAL;
      return stands ? (read(described)[0] ?? null) : null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  };

  // That there is nothing is not remembered: a goal that was just published is there at once.
  const lists = new LRUCache<string, PublishedGoal[]>({
    max: 1,
    ttl: FRESH_MS,
    fetchMethod: async () => {
      const goals = await list();
      return goals.length === 0 ? undefined : goals;
    },
  });
  const single = new LRUCache<string, PublishedGoal>({
    max: GOALS_LIMIT,
    ttl: FRESH_MS,
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
      single.delete(goal);
      lists.delete(ALL);
    },
  };
}
