// What one criterion of a goal said, run by run: read from the last events of closed executions. What is closed stays as it is,
// so each is read once, and no worker need be up.

import type { temporal as proto } from '@temporalio/proto';
import { LRUCache } from 'lru-cache';
import type { CriterionPage } from '../../goals/wire/answers.ts';
import { hasLight, parseLightExecution } from '../../goals/wire/light.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { isNotFound } from '../../process/is-not-found.ts';
import { type ClosedCriteria, closedCriteria, lastEventsOf } from '../../views/closed-criteria.ts';
import { concurrently } from '../http/concurrently.ts';
import { badCursor, cursorOf, tokenOf } from '../http/cursor.ts';
import { joinedPages, type PageAfter } from '../light/joined-pages.ts';
import type { LightRows } from '../light/light-rows.ts';
import type { Pages } from '../temporal/pages.ts';
import { isInvalidArgument, type Temporal } from '../temporal/temporal.ts';
import { closedQuery } from '../temporal/visibility-query.ts';

const READS_AT_ONCE = 8;
const REMEMBERED = 10_000;

type Row = proto.api.workflow.v1.IWorkflowExecutionInfo;

/** What is asked: a page of a goal's closed executions, from the one that closed last. */
export interface CriterionAsked {
  goal: string;
  criterion: string;
  limit: number;
  cursor?: string | undefined;
}

/** Reads what the criterion said. `teams`: those whose runs are looked at; null: every team. */
export type CriterionValues = (
  asked: CriterionAsked,
  teams: readonly string[] | null,
) => Promise<CriterionPage>;

export function criterionValues(
  temporal: Temporal,
  pages: Pages,
  light: { rows: LightRows; goals(): Promise<readonly Publication[]> },
): CriterionValues {
  const { namespace } = temporal;
  const known = new LRUCache<string, ClosedCriteria>({ max: REMEMBERED });

  const read = async ({ execution }: Row): Promise<ClosedCriteria | null> => {
    const [run, id] = [execution?.workflowId ?? '', execution?.runId ?? ''];
    const before = known.get(id);
    if (before !== undefined) return before;
    if (parseLightExecution(id) !== null) {
      const answer = (await light.rows.facts(run, id))?.answer;
      return answer?.end === 'achieved'
        ? { at: new Date(answer.closed).toISOString(), outcome: 'achieved', criteria: answer.criteria }
        : null;
    }
    try {
      const answer = await temporal.call((service) =>
        service.getWorkflowExecutionHistoryReverse({ namespace, ...lastEventsOf(run, id) }),
      );
      const closed = closedCriteria(answer);
      if (closed !== null) known.set(id, closed);
      return closed;
    } catch (error) {
      // Its retention has ended since it was listed.
      if (isNotFound(error)) return null;
      throw error;
    }
  };

  return async ({ goal, criterion, limit, cursor }, teams) => {
    const query = closedQuery({ goal, teams });
    const token = cursor === undefined ? null : tokenOf(cursor, query);
    const own = (await light.goals()).filter((one) => one.goal === goal && hasLight(one));
    const listed: PageAfter = (size, after) => pages(query, size, after);
    const joined =
      own.length === 0
        ? listed
        : joinedPages(listed, (after, size) => light.rows.page({ goal, teams }, own, after, size), {
            isApart: false,
          });
    const page = await joined(limit, token).catch((error: unknown) => {
      // The query is of our making; what may be wrong is the token that came from outside.
      throw token !== null && isInvalidArgument(error) ? badCursor() : error;
    });
    const rows = (page.executions ?? []).filter(
      ({ execution }) => parseRunId(execution?.workflowId ?? '')?.goal === goal,
    );
    const items = await concurrently(READS_AT_ONCE, rows, async (row): Promise<CriterionPage['items']> => {
      const closed = await read(row);
      const said = closed?.criteria.find(({ name }) => name === criterion);
      if (closed === null || said === undefined) return [];
      const { name: _, ...rest } = said;
      const { workflowId: run = '', runId: execution = '' } = row.execution as {
        workflowId?: string;
        runId?: string;
      };
      return [{ run, execution, at: closed.at, outcome: closed.outcome, ...rest }];
    });
    const next = page.nextPageToken?.length ? cursorOf(page.nextPageToken, query) : null;
    return { goal, criterion, items: items.flat(), next };
  };
}
