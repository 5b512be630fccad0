// One run: a goal pursued for one key, from its input to exactly one outcome.
//
// R1. Whatever `pursue` throws ends the run in a failure, never in a workflow task that is tried for ever.
// R2. Nothing is torn down before the errors of steps that have not ended are in the history: the server forgets
//     the heartbeat details of an activity that is cancelled while it waits for its next attempt.
// R3. The deadline and a cancellation wait for jobs to clean up, but no longer than CLOSING_GRACE_MS.

import {
  CancellationScope,
  CancelledFailure,
  condition,
  patched,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import type { Goal } from '../../goals/index.ts';
import { CLOSING_GRACE_MS } from '../../goals/wire/ended.ts';
import { DEADLINE_TIMER, memoNames, searchAttributes } from '../../goals/wire/names.ts';
import type { Resume } from '../../goals/wire/resume.ts';
import { ownership } from '../../goals/wire/run-start.ts';
import { runFaultSchema } from '../../goals/wire/start.ts';
import { MAY_BE_STORED_BYTES, STORED_PATCH } from '../../goals/wire/stored.ts';
import { saidInexact } from '../../goals/wire/text/inexact.ts';
import { mapping } from '../maps/maps.ts';
import { Kept } from '../steps/kept-results.ts';
import { measureOutcome } from '../steps/measure.ts';
import { inexactOf, Written } from '../steps/payload-converter.ts';
import { readPendingLedgers } from '../steps/pending-ledgers.ts';
import { Steps } from '../steps/steps.ts';
import { note } from '../steps/write-marker.ts';
import { achieving } from './achieve.ts';
import { Alarm } from './alarm.ts';
import { found, lookOf } from './already.ts';
import { Approvals } from './approvals.ts';
import { Leases } from './leases.ts';
import { NeededBy } from './needed-by.ts';
import { tellFailure } from './notify-alerts.ts';
import {
  failedBy,
  failedByDeadline,
  failedByFault,
  failedByInput,
  failedByUnawaited,
  type Judged,
  judge,
  type Settled,
} from './outcome.ts';
import { Troubles } from './visibility.ts';

/** Runs that began before it did not mind steps that nobody awaited. */
const AWAITED_PATCH = 'gk-awaited';

/** Runs that were started on Temporal's own before it went on with rounded numbers. */
const EXACT_PATCH = 'gk-exact-input';

/** Resolves with the `Achievement`, as JSON. */
export async function pursueGoal(goal: Goal, given: unknown, resume: Resume | null): Promise<Written> {
  const troubles = new Troubles(new Alarm(goal));
  const neededBy = new NeededBy();
  try {
    const achievement = await pursue(goal, given, resume, troubles);
    troubles.close(null);
    if (neededBy.isAny) await neededBy.tell();
    measureOutcome(goal, null);
    return achievement;
  } catch (error) {
    troubles.close(error);
    await tellFailure(goal, error);
    if (neededBy.isAny) await neededBy.tell();
    measureOutcome(goal, error);
    throw error;
  }
}

function pursue(goal: Goal, given: unknown, resume: Resume | null, troubles: Troubles): Promise<Written> {
  const { cancelRequested } = CancellationScope.current();
  // Started on Temporal's own, without the gateway: then it can be found like the others all the same.
  if (workflowInfo().searchAttributes[searchAttributes.owner] === undefined)
    upsertSearchAttributes(ownership(goal));
  const fault = runFaultSchema.safeParse(workflowInfo().memo?.[memoNames.fault]).data;
  if (fault !== undefined) throw failedByFault(fault);
  const inexact = inexactOf(given);
  if (inexact !== null && patched(EXACT_PATCH))
    throw failedByInput(goal.name, saidInexact('the input', inexact));
  const input = read(goal, given);

  // A cancellation of the workflow must not reach the steps by itself: R2.
  return CancellationScope.nonCancellable(async () => {
    const deadline = goal.deadlineMs === null ? null : workflowInfo().startTime.getTime() + goal.deadlineMs;
    const steps = new Steps(goal, deadline, troubles);
    troubles.listen((path) => steps.open.get(path));
    steps.hold.listen();
    steps.hearShards();
    const approvals = new Approvals(steps, troubles);
    const scope = new CancellationScope();
    const pursuit: { settled?: Settled; already?: true } = {};
    const { cleanup } = new Leases(goal, steps, deadline);
    const walk = () =>
      goal.pursue(input, {
        run: steps.run,
        map: mapping(goal, steps, deadline),
        sleep: steps.sleep,
        achieve: achieving(goal, steps, resume),
        approve: approvals.approve,
        ask: approvals.ask,
        cleanup,
      });
    const look = lookOf(goal);
    const pursue =
      look === null
        ? walk
        : async () => {
            const output = await found(look, goal, steps, input);
            if (output === undefined) return walk();
            pursuit.already = true;
            return output;
          };
    const stop = await new Promise<'settled' | 'cancelled' | 'deadline'>((resolve) => {
      const settle = (settled: Settled): void => {
        pursuit.settled = settled;
        resolve('settled');
      };
      scope.run(resume === null ? pursue : () => goOn(steps, resume, pursue)).then(
        (output) => settle({ output }),
        (error: unknown) => settle({ error }),
      );
      cancelRequested.catch(() => resolve('cancelled'));
      if (deadline !== null) void deadlinePassed(deadline).then(() => resolve('deadline'));
    });

    steps.decided();
    approvals.close();
    const inTime = pursuit.settled;
    troubles.closing();
    if (steps.kept !== null) await steps.kept.written();
    const open = [...steps.open.values()];
    const ledgers = open.length > 0 ? await readPendingLedgers() : {};
    for (const { path, ledger } of open)
      if (ledger !== undefined && ledger.total >= (ledgers[path]?.total ?? 0)) ledgers[path] = ledger;
    for (const ledger of Object.values(ledgers)) troubles.met(ledger);
    if (open.length > 0 || inTime === undefined) {
      scope.cancel();
      await condition(() => steps.open.size === 0, CLOSING_GRACE_MS);
      if (steps.kept !== null) await steps.kept.written();
    }
    if (inTime === undefined) {
      if (stop === 'cancelled') throw new CancelledFailure('the run was cancelled');
      throw failedByDeadline(goal, open, ledgers, pursuit.settled);
    }
    if ('error' in inTime) throw failedBy(inTime.error);
    const { missing } = steps.awaited;
    if (missing.length > 0 && patched(AWAITED_PATCH)) throw failedByUnawaited(missing);
    const judged = judge(goal, inTime.output, input);
    const isFound = pursuit.already === true ? { already: true as const } : {};
    if (judged.bytes > MAY_BE_STORED_BYTES && patched(STORED_PATCH))
      await note({ criteria: judged.criteria, ...isFound });
    return achievementOf(judged, isFound);
  });
}

/** What the schema makes of the input. A schema's own code may throw, which must not be tried for ever: R1. */
function read(goal: Goal, given: unknown): unknown {
  let input: z.ZodSafeParseResult<unknown>;
  try {
    input = goal.input.safeParse(given);
  } catch (error) {
    throw failedBy(error);
  }
  if (input.success) return input.data;
  throw failedByInput(goal.name, z.prettifyError(input.error));
}

/** The `Achievement`, with the output as it was written when it was judged. */
function achievementOf({ json, criteria }: Judged, rest: object): Written {
  const others = JSON.stringify({ criteria, ...rest });
  return new Written(json === undefined ? others : `{"output":${json},${others.slice(1)}`);
}

async function goOn(steps: Steps, resume: Resume, pursue: () => Promise<unknown>): Promise<unknown> {
  steps.kept = await Kept.read(resume);
  return pursue();
}

const deadlinePassed = (deadline: number): Promise<void> =>
  sleep(Math.max(1, deadline - Date.now()), { summary: DEADLINE_TIMER });
