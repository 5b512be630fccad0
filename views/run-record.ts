// The record of a run: a pure function of its history, by way of its story.

import { verifiedMark } from '../goals/wire/actor.ts';
import {
  type OperatorAction,
  RECORD_VERSION,
  type RecordedDecision,
  type RunRecord,
} from '../goals/wire/run-record.ts';
import type { Step } from '../goals/wire/run-view.ts';
import { type RunSource, type RunStory, runView } from './run-view.ts';

/** The record that a history tells. Of a run under way: what is known of it so far. */
export const runRecord = (source: RunSource): RunRecord => recordOf(runView(source));

/** The same, of a story that has been told already. */
export function recordOf(story: RunStory): RunRecord {
  const { run, errors, omitted, sentence } = story;
  const { id, goal, owner, team, key, deadline, startedAt, input, why, resumes } = run;
  return {
    version: RECORD_VERSION,
    run: id,
    execution: run.execution,
    intention: { why, goal, outcome: sentence, owner, team, key, deadline, startedAt, input, resumes },
    path: run.steps.map(({ progress: _, nextAttemptAt: __, waitingFor: ___, errors, ...step }) => ({
      ...step,
      errors: whole(errors),
    })),
    decisions: decisionsOf(story),
    actions: actionsOf(story),
    ...(run.tags && { tags: run.tags }),
    ...(run.notes && { notes: run.notes }),
    ...(run.retracted && { retracted: run.retracted }),
    ...(run.inDoubt && { inDoubt: run.inDoubt }),
    ...(run.produced && { produced: run.produced }),
    ...(run.used && { used: run.used }),
    ...(story.artifacts && { artifacts: story.artifacts }),
    errors: { counts: whole(run.errors), entries: errors.map(whole), omitted: omitted.map(whole) },
    outcome: {
      outcome: run.outcome,
      closedAt: run.closedAt,
      criteria: run.criteria,
      failure: run.failure,
      output: run.output ?? null,
    },
  };
}

/** That a cancellation cut errors off is told by the record's outcome and decisions: its form is what it always was. */
const whole = <T extends { cutOff?: unknown }>({ cutOff: _, ...told }: T): Omit<T, 'cutOff'> => told;

function actionsOf({ run: { resumes, accepted }, actions }: RunStory): OperatorAction[] {
  const told: OperatorAction[] = [...actions];
  if (resumes !== null) {
    const { at, by, reason } = resumes;
    told.unshift({ kind: 'resume', at, by, ...verifiedMark(resumes), reason, name: null });
  }
  if (accepted) told.push({ kind: 'accept', ...accepted, name: null });
  return told;
}

/** In the order in which they were taken. */
function decisionsOf(story: RunStory): RecordedDecision[] {
  const { run } = story;
  const decisions = run.steps.flatMap((step) => ofStep(story, step));
  decisions.sort((a, b) => a.at.localeCompare(b.at));
  if (run.closedAt === null) return decisions;
  const at = run.closedAt;
  if (run.failure?.kind === 'deadline') decisions.push({ kind: 'deadline', at, deadline: run.deadline });
  decisions.push(...run.criteria.map((criterion) => ({ kind: 'criterion' as const, at, ...criterion })));
  return decisions;
}

function ofStep(
  { run, errors, gaveUp }: RunStory,
  { path, state, closedAt: at, asked }: Step,
): RecordedDecision[] {
  if (at === null) return [];
  if (state === 'cancelled' || state === 'abandoned') return [{ kind: 'torn-down', at, step: path }];
  if (state !== 'failed') return [];
  const reason = gaveUp.get(path);
  const last = errors.findLast((error) => error.step === path);
  const decided: RecordedDecision[] =
    reason === undefined ? [] : [{ kind: 'gave-up', at, step: path, reason }];
  const isFatal = run.failure?.path[0] === path || last?.disposition === 'fatal';
  const message = last?.message ?? asked?.decision?.reason ?? null;
  if (!isFatal) decided.push({ kind: 'handled', at, step: path, message });
  return decided;
}
