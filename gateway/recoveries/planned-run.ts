// What pursuing one run once more would do, by its history: how many steps are kept, run again, and are repeated.

import type { RecoveryPlan } from '../../goals/wire/answers.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import type { RecoveredRun } from '../../goals/wire/recovery.ts';
import { codeOf, knownSteps } from '../../views/known-steps.ts';
import { redoneFrom } from '../../views/redone.ts';
import { runView } from '../../views/run-view.ts';
import { resumePlan } from '../runs/resume-plan.ts';
import { historyOf } from '../runs/stories.ts';
import { isNotFound, type Temporal } from '../temporal/temporal.ts';

export type PlannedRecovery = Omit<RecoveryPlan['items'][number], 'after'>;

/** By one reading of its history, or two where it went on from another execution. */
export async function plannedRun(
  temporal: Temporal,
  meant: RecoveredRun,
  publication: Publication,
): Promise<PlannedRecovery> {
  const { run: id, execution, how } = meant;
  const told = { run: id, execution, how };
  try {
    const events = await historyOf(temporal, id, execution);
    const { run, errors } = runView({ id, execution, events, pendingActivities: [], now: 0 });
    const known = await knownSteps(execution, (of) =>
      of === execution ? Promise.resolve(events) : historyOf(temporal, id, of),
    );
    const { outcome, failure } = run;
    const keeping = redoneFrom(meant, events, known);
    const resume = { from: execution, outcome: outcome ?? 'failed', failure, ...keeping, supply: [] };
    const code = codeOf(events, publication.builds);
    const plan = resumePlan({ run, errors, known, resume, code, publication });
    // The outcome of a needed run is no result of the run's own: what is in doubt is not taken, but pursued before.
    const inDoubt = plan.kept.filter(
      ({ kind, from }) => kind === 'goal' && meant.doubted?.some((one) => one.run === from),
    ).length;
    return {
      ...told,
      ...{ kept: plan.kept.length - inDoubt, again: plan.again.length + inDoubt },
      repeats: plan.repeats.length,
      codeChanged: plan.code.changed,
    };
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return { ...told, kept: null, again: null, repeats: null, codeChanged: null };
  }
}
