// Pursues one run of a recovery once more, and waits for its end.

import { Context, sleep } from '@temporalio/activity';
import { WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { searchAttributes } from '../../goals/wire/names.ts';
import {
  type AwaitedRecovery,
  RECOVERY_PRIORITY,
  type RecoveredEnd,
  type Recovering,
  type RecoverRun,
} from '../../goals/wire/recovery.ts';
import { parseRunId } from '../../goals/wire/run-id.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { troubleOf } from '../../goals/wire/trouble.ts';
import { closedAs, closeOf } from '../../views/closed-as.ts';
import { knownSteps } from '../../views/known-steps.ts';
import { redoneFrom } from '../../views/redone.ts';
import { type ClosedStory, goOnFrom, type Keeping, storyOf, type WentOn } from './go-on.ts';
import { goOnFromLight } from './go-on-light.ts';

const FIRST_WAITS_MS = [50, 100, 200, 400, 800];
const ACHIEVED: RecoveredEnd = { outcome: 'achieved', code: '', message: '', fingerprint: null };

/** A failure of the type of its code where it can never be done. */
export async function recoverRun(asked: RecoverRun): Promise<Recovering> {
  const went = await goOn(asked);
  if ('execution' in went) return { how: 'open', execution: went.execution };
  return went.open === undefined
    ? { how: 'skipped', code: went.skipped }
    : { how: 'open', execution: went.open };
}

function goOn(asked: RecoverRun): Promise<WentOn> {
  const { run, execution, how, by, verified, reason, recovery } = asked;
  const from = { run, execution };
  const why = { by, verified, reason: reason ?? `recovery ${recovery}` };
  if (parseLightExecution(execution) !== null) return goOnFromLight(from, why);
  return goOnFrom(from, { ...why, priority: RECOVERY_PRIORITY }, ({ run: { outcome }, events }) => {
    if (how === 'resume' && outcome === 'achieved') return 'achieved';
    return keptOf(asked, events);
  });
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
  // A host answers with a light execution once that is achieved.
  if (parseLightExecution(execution) !== null) return ACHIEVED;
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
    if (status.name === 'COMPLETED') return ACHIEVED;
    const answer = await client.workflowService.getWorkflowExecutionHistory({
      namespace: client.options.namespace,
      ...closeOf(run, execution),
    });
    const { outcome = 'failed', failure = null } = closedAs(answer, raw.workflowExecutionInfo?.memo) ?? {};
    return {
      outcome,
      code: failure?.code ?? (outcome === 'cancelled' ? 'run_cancelled' : 'engine_failed'),
      message: boundedText(failure?.cause?.message ?? failure?.message ?? 'it has ended', 300),
      fingerprint: failure && troubleOf(parseRunId(run)?.goal ?? '', failure),
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
