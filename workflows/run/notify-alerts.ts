import {
  ApplicationFailure,
  CancellationScope,
  log,
  patched,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { Goal } from '../../goals/index.ts';
import { type Notice, type NoticeKind, noticeOf } from '../../goals/wire/alerts.ts';
import { runFailureSchema } from '../../goals/wire/failure.ts';
import { activityNames } from '../../goals/wire/names.ts';

// Two tries of two seconds: no run waits longer to be closed. What they do not tell, the sweep finds.
const local = proxyLocalActivities<Record<string, (notice: Notice) => Promise<void>>>({
  startToCloseTimeout: '2s',
  scheduleToCloseTimeout: '5s',
  retry: { maximumAttempts: 2, initialInterval: '200ms' },
});

/** Tells the alerts workflow of the failure with which this run is about to end; a cancelled run has none. */
export async function tellFailure(goal: Goal, error: unknown): Promise<void> {
  if (!(error instanceof ApplicationFailure)) return;
  const details = runFailureSchema.safeParse(error.details?.[0]);
  if (details.success && patched('gk-tell-failure')) await tell('failed', goal, details.data.failure);
}

/** Tells the alerts workflow of this run, or lease. Never throws: who is told is no affair of its outcome. */
export async function tell(
  kind: NoticeKind,
  { name, team, owner }: Pick<Goal, 'name' | 'team' | 'owner'>,
  trouble: Parameters<typeof noticeOf>[2],
): Promise<void> {
  const { workflowId: run, runId: execution } = workflowInfo();
  const at = new Date().toISOString();
  const notice = noticeOf(kind, { goal: name, team, owner, run, execution, at }, trouble);
  const notify = local[activityNames.notify] as (notice: Notice) => Promise<void>;
  await CancellationScope.nonCancellable(() => notify(notice)).catch((reason: unknown) => {
    log.warn('the alerts workflow could not be told of this run; a sweep will find it', { reason });
  });
}
