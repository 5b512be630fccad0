// Pursues one run of a recovery once more, and waits for its end.

import { Context, sleep } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { searchAttributes } from '../../goals/wire/names.ts';
import {
  type AwaitedRecovery,
  RECOVERY_PRIORITY,
  type RecoveredEnd,
  type Recovering,
  type RecoverRun,
} from '../../goals/wire/recovery.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { closedAs, closeOf } from '../../views/closed-as.ts';
import { knownSteps } from '../../views/known-steps.ts';
import { redoneFrom } from '../../views/redone.ts';
import { type ClosedStory, goOnFrom, type Keeping, storyOf } from './go-on.ts';

const FIRST_WAITS_MS = [50, 100, 200, 400, 800];

/** A failure of the type of its code where it can never be done. */
export async function recoverRun(asked: RecoverRun): Promise<Recovering> {
  const { run, execution, how, by, verified, reason, recovery } = asked;
  const went = await goOnFrom(
    { run, execution },
    { by, verified, reason: reason ?? `recovery ${recovery}`, priority: RECOVERY_PRIORITY },
    ({ run: { outcome }, events }) => {
      if (how === 'resume' && outcome === 'achieved') return 'achieved';
      return keptOf(asked, events);
    },
  );
  if ('execution' in went) return { how: 'open', execution: went.execution };
  return went.open === undefined
    ? { how: 'skipped', code: went.skipped }
    : { how: 'open', execution: went.open };
}

async function keptOf(asked: RecoverRun, events: ClosedStory['events']): Promise<Keeping> {
  const { run, execution, recovery } = asked;
  const known = await knownSteps(execution, async (of) =>
    of === execution ? events : ((await storyOf(run, of))?.events ?? []),
  );
  return { ...redoneFrom(asked, events, known), recovery };
}

/** As long as it is open each look fails, and Temporal times the next: see `awaitRun`. */
export async function recoveredRun({ run, execution, fingerprint }: AwaitedRecovery): Promise<RecoveredEnd> {
  const { client, info } = Context.current();
  const handle = client.workflow.getHandle(run, execution);
  try {
    let described = await handle.describe();
    // What ends quickly is not looked at once more by another attempt.
    for (const wait of info.attempt === 1 ? FIRST_WAITS_MS : []) {
      if (described.status.name !== 'RUNNING') break;
      await sleep(wait);
      described = await handle.describe();
    }
    const { status, raw, searchAttributes: told } = described;
    if (status.name === 'RUNNING') {
      const fingerprints = told[searchAttributes.fingerprints] ?? [];
      const isTroubled =
        told[searchAttributes.state]?.includes('struggling' as never) === true &&
        fingerprint !== null &&
        fingerprints.includes(fingerprint as never);
      if (isTroubled)
        return {
          outcome: 'struggling',
          code: 'trouble_persists',
          message: `${run} is open and struggles`,
          fingerprint,
        };
      throw ApplicationFailure.create({
        message: `the run ${run} is open`,
        category: ApplicationFailureCategory.BENIGN,
      });
    }
    if (status.name === 'COMPLETED') return { outcome: 'achieved', code: '', message: '', fingerprint: null };
    const answer = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      ...closeOf(run, execution),
    });
    const { outcome = 'failed', failure = null } = closedAs(answer, raw.workflowExecutionInfo?.memo) ?? {};
    return {
      outcome,
      code: failure?.code ?? (outcome === 'cancelled' ? 'run_cancelled' : 'engine_failed'),
      message: boundedText(failure?.cause?.message ?? failure?.message ?? 'it has ended', 300),
      fingerprint: failure?.cause?.fingerprint ?? null,
    };
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    return {
      outcome: 'failed',
      code: 'run_unknown',
      message: 'Temporal keeps it no longer',
      fingerprint: null,
    };
  }
}
