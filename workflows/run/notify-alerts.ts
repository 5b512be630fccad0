// How a run, or a lease, reports to the alerts workflow: through a local activity, in its own last workflow task.

import {
  ApplicationFailure,
  CancellationScope,
  log,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Goal } from '../../goals/index.ts';
import { type NoticeKind, noticeOf } from '../../goals/wire/alerts.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { type Criterion, runFailureSchema } from '../../goals/wire/failure.ts';
import { activityNames } from '../../goals/wire/names.ts';
import { patched, patches } from '../patches.ts';

// Two tries of two seconds: no run waits longer to be closed. What they do not tell, the sweep finds.
const { [activityNames.notify]: notify } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '2s',
  scheduleToCloseTimeout: '5s',
  retry: { maximumAttempts: 2, initialInterval: '200ms' },
});

/** Tells the alerts workflow of the failure with which this run is about to end; a cancelled run has none. */
export async function notifyFailure(goal: Goal, error: unknown): Promise<void> {
  if (!(error instanceof ApplicationFailure)) return;
  const details = runFailureSchema.safeParse(error.details?.[0]);
  if (details.success && patched(patches.notifyFailure))
    await notifyAlerts('failed', goal, details.data.failure);
}

/** Notifies the alerts workflow that this run is about to be achieved, with criteria not met that only warn; of none, nothing. */
export async function notifyWarnings(goal: Goal, criteria: readonly Criterion[]): Promise<void> {
  const [first, ...others] = criteria.filter(({ met, severity }) => !met && severity === 'warn');
  if (first === undefined) return;
  const more =
    others.length === 0 ? '' : ` (and ${others.length} more: ${others.map(({ name }) => name).join(', ')})`;
  const message = `${first.name}${first.message === null ? '' : `: ${first.message}`}${more}`;
  await notifyAlerts('warned', goal, {
    ...{ kind: 'criteria', code: 'criterion_not_met', message, path: [], cause: null },
  });
}

/** Tells the alerts workflow of this run, or lease. Never throws: who is told is no affair of its outcome. */
export async function notifyAlerts(
  kind: NoticeKind,
  { name, team, owner }: Pick<Goal, 'name' | 'team' | 'owner'>,
  trouble: Parameters<typeof noticeOf>[2],
): Promise<void> {
  const { workflowId: run, runId: execution } = workflowInfo();
  const at = new Date().toISOString();
  const notice = noticeOf(kind, { goal: name, team, owner, run, execution, at }, trouble);
  await CancellationScope.nonCancellable(() => notify(notice)).catch((reason: unknown) => {
    log.warn('the alerts workflow could not be told of this run; a sweep will find it', { reason });
  });
}
