// One run: a goal pursued for one key, from its input to exactly one outcome.
//
// pursue-goal.1. An error that `pursue` throws ends the run in a failure, never in a workflow task that is tried for ever.
// pursue-goal.2. Nothing is torn down before the errors of steps that have not ended are in the history: the server forgets
//     the heartbeat details of an activity that is cancelled while it waits for its next attempt.
// pursue-goal.3. The deadline and a cancellation wait for jobs to clean up, but no longer than CLOSING_GRACE_MS.

import {
  CancellationScope,
  CancelledFailure,
  condition,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import type { Goal } from '../../goals/index.ts';
import type { Judged, PursueResult } from '../../goals/run-outcome.ts';
import type { RunTimes } from '../../goals/wire/by-clock.ts';
import { CLOSING_GRACE_MS } from '../../goals/wire/ended.ts';
import type { LightSeed } from '../../goals/wire/light.ts';
import { DEADLINE_TIMER, memoNames, searchAttributes } from '../../goals/wire/names.ts';
import type { Resume } from '../../goals/wire/resume.ts';
import { runFaultSchema } from '../../goals/wire/run-fault.ts';
import { ownership } from '../../goals/wire/run-start.ts';
import { MAY_BE_STORED_BYTES } from '../../goals/wire/stored.ts';
import { saidInexact } from '../../goals/wire/text/inexact.ts';
import { achievingEach } from '../maps/achieve-each.ts';
import { listenToShards } from '../maps/hear-shards.ts';
import { mapping } from '../maps/maps.ts';
import { patched, patches } from '../patches.ts';
import { KeptResults } from '../steps/kept-results.ts';
import { measureOutcome, measureWarnings } from '../steps/measure.ts';
import { RunPause } from '../steps/pause-of-run.ts';
import { inexactOf, Written } from '../steps/payload-converter.ts';
import { readPendingLedgers } from '../steps/pending-ledgers.ts';
import { Steps } from '../steps/steps.ts';
import { Turns } from '../steps/turns.ts';
import { writeMarker } from '../steps/write-marker.ts';
import { achieving, needing } from './achieve.ts';
import { Alarm } from './alarm.ts';
import { found, lookOf } from './already.ts';
import { Approvals } from './approvals.ts';
import { goalPatches } from './goal-patches.ts';
import { judgeByPast } from './judge-by-past.ts';
import { RunLeases } from './leases.ts';
import { NeededBy } from './needed-by.ts';
import { notifyFailure, notifyWarnings } from './notify-alerts.ts';
import {
  failedBeforeStart,
  failedBy,
  failedByDeadline,
  failedByFault,
  failedByInput,
  failedByUnawaited,
} from './outcome.ts';
import { PursueArtifacts } from './pursue-artifacts.ts';
import { RunDatasets } from './run-datasets.ts';
import { countsFrom, untilStart } from './start-at.ts';
import { timesOfRun } from './times-of-run.ts';
import { Visibility } from './visibility.ts';
import { Waits } from './waits.ts';

/** Resolves with the `Achievement`, as JSON. `seed`: of a run that was a light one. */
export async function pursueGoal(
  goal: Goal,
  given: unknown,
  resume: Resume | null,
  seed?: LightSeed,
): Promise<Written> {
  const times = timesOfRun(goal, given, seed?.begun);
  const visibility = new Visibility(new Alarm(goal, times));
  const neededBy = new NeededBy();
  const datasets = new RunDatasets(goal);
  try {
    const starting = untilStart();
    if (starting !== null) await starting;
    const achievement = await pursue({ goal, given, resume, times, seed, datasets }, visibility);
    if (datasets.isAny) await datasets.report();
    visibility.close(null);
    if (neededBy.isAny) await neededBy.tell();
    measureOutcome(goal, times.expected, null);
    return achievement;
  } catch (error) {
    visibility.close(error);
    await notifyFailure(goal, error);
    if (neededBy.isAny) await neededBy.tell();
    measureOutcome(goal, times.expected, error);
    throw error;
  }
}

interface Begun {
  goal: Goal;
  given: unknown;
  resume: Resume | null;
  times: RunTimes;
  seed: LightSeed | undefined;
  datasets: RunDatasets;
}

function pursue(
  { goal, given, resume, times, seed, datasets }: Begun,
  visibility: Visibility,
): Promise<Written> {
  const { cancelRequested } = CancellationScope.current();
  // Started on Temporal's own, without the gateway: then it can be found like the others all the same.
  if (workflowInfo().searchAttributes[searchAttributes.owner] === undefined)
    upsertSearchAttributes(ownership(goal));
  const fault = runFaultSchema.safeParse(workflowInfo().memo?.[memoNames.fault]).data;
  if (fault !== undefined) throw failedByFault(fault);
  const inexact = inexactOf(given);
  if (inexact !== null && patched(patches.exactInput))
    throw failedByInput(goal.name, saidInexact('the input', inexact));
  const input = read(goal, given);
  const { deadline } = times;
  if (goal.deadlineBy !== null && deadline !== null && deadline <= countsFrom())
    throw failedBeforeStart(goal, deadline);

  // A cancellation of the workflow must not reach the steps by itself: pursue-goal.2.
  return CancellationScope.nonCancellable(async () => {
    const turns = new Turns();
    const hold = new RunPause(goal.name, turns);
    const kept = new KeptResults(turns);
    if (seed !== undefined) kept.sow(seed);
    const steps = new Steps({ goal, deadline, run: null }, { observer: visibility, hold, kept, turns });
    visibility.listen((path) => steps.open.get(path));
    hold.listen();
    listenToShards(visibility);
    const approvals = new Approvals(steps, kept, visibility);
    const waits = new Waits({ goal, input: given, resume }, { steps, kept, visibility });
    const artifacts = new PursueArtifacts(turns);
    const scope = new CancellationScope();
    const pursuit: { settled?: PursueResult; already?: true } = {};
    const { cleanup } = new RunLeases(goal, steps, deadline);
    const need = needing(goal, steps, resume);
    const walk = () =>
      goal.pursue(input, {
        run: steps.run,
        map: mapping(goal, steps, kept, deadline),
        sleep: steps.sleep,
        waitFor: waits.waitFor,
        ...goalPatches(),
        ...datasets.of(steps),
        achieve: achieving(steps, need),
        achieveEach: achievingEach(goal, steps, need),
        approve: approvals.approve,
        ask: approvals.ask,
        cleanup,
        artifact: artifacts.artifact,
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
      const settle = (settled: PursueResult): void => {
        pursuit.settled = settled;
        resolve('settled');
      };
      scope.run(resume === null ? pursue : () => goOn(kept, resume, pursue)).then(
        (output) => settle({ output }),
        (error: unknown) => settle({ error }),
      );
      cancelRequested.catch(() => resolve('cancelled'));
      if (deadline !== null) void deadlinePassed(deadline).then(() => resolve('deadline'));
    });

    steps.open.decide();
    approvals.close();
    const inTime = pursuit.settled;
    visibility.closing();
    if (kept.isRead) await kept.written();
    if (artifacts.isAny) await artifacts.written();
    const open = steps.open.all();
    const ledgers = open.length > 0 ? await readPendingLedgers(turns) : {};
    for (const { path, ledger } of open)
      if (ledger !== undefined && ledger.total >= (ledgers[path]?.total ?? 0)) ledgers[path] = ledger;
    for (const [path, ledger] of Object.entries(ledgers)) visibility.met(path, ledger);
    if (open.length > 0 || inTime === undefined) {
      scope.cancel();
      // pursue-goal.3
      await condition(() => steps.open.size === 0, CLOSING_GRACE_MS);
      if (kept.isRead) await kept.written();
    }
    if (inTime === undefined) {
      if (stop === 'cancelled') throw new CancelledFailure('the run was cancelled');
      throw failedByDeadline({ goal, deadline }, open, ledgers, pursuit.settled);
    }
    if ('error' in inTime) throw failedBy(inTime.error);
    const { missing } = steps.awaited;
    if (missing.length > 0 && patched(patches.awaited)) throw failedByUnawaited(missing);
    const judging = judgeByPast(goal, inTime.output, input);
    const judged = judging instanceof Promise ? await judging : judging;
    const isFound = pursuit.already === true ? { already: true as const } : {};
    if (judged.bytes > MAY_BE_STORED_BYTES && patched(patches.stored))
      await writeMarker(turns, { criteria: judged.criteria, ...isFound });
    if (judged.criteria.some(({ met, severity }) => !met && severity === 'warn')) {
      measureWarnings(goal, judged.criteria);
      await notifyWarnings(goal, judged.criteria);
    }
    return achievementOf(judged, isFound);
  });
}

/** What the schema makes of the input. A schema's own code may throw, which must not be tried for ever: pursue-goal.1. */
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

async function goOn(kept: KeptResults, resume: Resume, pursue: () => Promise<unknown>): Promise<unknown> {
  await kept.read(resume);
  return pursue();
}

const deadlinePassed = (deadline: number): Promise<void> =>
  sleep(Math.max(1, deadline - Date.now()), { summary: DEADLINE_TIMER });
