// The one word for the state of a run and of a goal, which lists and pages share.

import type { GoalSummary } from '../../goals/wire/answers.ts';
import type { GoalState } from '../../goals/wire/goal-state.ts';
import { marksOf, type RunMark } from '../../goals/wire/retraction.ts';
import type { RunRow } from '../../goals/wire/run-row.ts';
import type { RunSummary } from '../../goals/wire/run-view.ts';
import type { AwaitedEvent } from '../../goals/wire/waits.ts';

export interface ShownState {
  mark: 'achieved' | 'failed' | 'struggling' | 'waiting' | 'pursuing' | 'stale' | 'cancelled' | 'none';
  words: string;
}

/** What of a run its state is made of: a row has it as its whole story has. */
type Stated = Pick<RunSummary, 'outcome' | 'state' | 'late' | 'already' | 'accepted'> & {
  atRisk: boolean | null;
  waiting: readonly unknown[];
  noWorker?: unknown;
  marks?: readonly RunMark[] | undefined;
  retracted?: unknown;
  inDoubt?: unknown;
};

const MARKED = { retracted: 'Reached, retracted', 'in-doubt': 'Reached, in doubt' } as const;

export function stateOfRun(run: Stated): ShownState {
  const [marked] = run.marks ?? marksOf(run);
  if (run.outcome === 'achieved' && marked !== undefined) return { mark: 'stale', words: MARKED[marked] };
  if (run.outcome === 'achieved')
    return {
      mark: 'achieved',
      words: run.already === true ? 'Reached already' : run.late ? 'Reached, late' : 'Reached',
    };
  if (run.outcome === 'failed')
    return { mark: 'failed', words: run.accepted ? 'Not reached, accepted' : 'Not reached' };
  if (run.outcome === 'cancelled') return { mark: 'cancelled', words: 'Cancelled' };
  const slips = `${run.atRisk ? ', at risk' : ''}${run.late ? ', late' : ''}`;
  if (run.state === 'stuck') return { mark: 'struggling', words: `Stuck${slips}` };
  if (run.state === 'struggling') return { mark: 'struggling', words: `Struggling${slips}` };
  if (run.noWorker !== undefined) return { mark: 'struggling', words: `No worker${slips}` };
  if (run.state === 'delayed') return { mark: 'pursuing', words: 'Not started yet' };
  if (run.waiting.length > 0) return { mark: 'waiting', words: `Waits for a person${slips}` };
  if (run.state === 'waiting' && slips === '') return { mark: 'pursuing', words: 'Waits for an event' };
  return { mark: slips === '' ? 'pursuing' : 'struggling', words: `Under way${slips}` };
}

const OF_GOAL: Record<GoalState, ShownState> = {
  retired: { mark: 'none', words: 'retired' },
  not_reached: { mark: 'failed', words: 'not reached' },
  stale: { mark: 'stale', words: 'stale' },
  no_worker: { mark: 'struggling', words: 'no worker' },
  holds: { mark: 'achieved', words: 'holds' },
  pursuing: { mark: 'pursuing', words: 'under way' },
  cancelled: { mark: 'cancelled', words: 'cancelled' },
  untried: { mark: 'none', words: 'never pursued' },
};

export const stateOfGoal = ({ state }: Pick<GoalSummary, 'state'>): ShownState => OF_GOAL[state];

/** Healed and handled errors: what changed no outcome. */
export const healedOf = ({ errors }: Pick<RunSummary, 'errors'>): number => errors.recovered + errors.handled;

/** Which event, and what of it is to be what: `the event payment.settled (data.order is 17)`. */
export function awaitedEvent({
  type,
  match,
  dropped,
}: Pick<AwaitedEvent, 'type' | 'match' | 'dropped'>): string {
  const matched = Object.entries(match).map(([path, value]) => `${path} is ${String(value)}`);
  const lost = dropped === undefined ? '' : `; ${dropped} earlier ones were kept no longer`;
  return `the event ${type}${matched.length === 0 ? '' : ` (${matched.join(', ')})`}${lost}`;
}

/** What a run came to, in one line. */
export function gistOf(run: RunSummary): string {
  const { failure } = run;
  if (failure !== null) return failure.cause?.message ?? failure.message;
  if (run.stuck !== undefined) return run.stuck.message;
  const [struggle] = run.struggling;
  if (struggle !== undefined)
    return `${struggle.step} failed ${struggle.attempts} times: ${struggle.message}`;
  const [wait] = run.waiting;
  if (wait !== undefined) return `${wait.name} is to be decided by ${wait.by}`;
  if (run.state === 'delayed') return `starts at ${run.startsAt ?? ''}`;
  const [awaited] = run.waitsFor ?? [];
  if (awaited !== undefined) return `waits for ${awaitedEvent(awaited)}`;
  if (run.noWorker !== undefined) return `No worker serves the queue ${run.noWorker.queue}`;
  const unmet = run.criteria.filter(({ met }) => !met);
  return unmet.length > 0 ? `warns: ${unmet.map(({ name }) => name).join(', ')}` : '';
}

/** The same of a row, which knows no more than Temporal lists. */
export function gistOfRow({ failure, struggling, waiting, noWorker }: RunRow): string {
  if (failure !== null) return failure.message ?? failure.code ?? 'why is not known without its history';
  if (struggling !== null)
    return `${struggling.step} failed ${struggling.attempts} times: ${struggling.message}`;
  const [wait] = waiting;
  if (wait !== undefined) return `${wait.name} is to be decided by ${wait.by.join(' or ') || 'whoever may'}`;
  return noWorker === undefined ? '' : `No worker serves the queue ${noWorker.queue}`;
}
