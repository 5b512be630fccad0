// Which runs a recovery pursues once more after a retraction, and in which order: what is needed before what needs it.

import { parseLightExecution } from '../../goals/wire/light.ts';
import type { ExecutionOfRun, RecoveredRun } from '../../goals/wire/recovery.ts';
import { RECOVERY_RUNS } from '../../goals/wire/recovery.ts';
import type { Doubt } from '../../goals/wire/retraction.ts';
import { usesIn } from '../../views/used-outcomes.ts';
import { concurrently } from '../http/concurrently.ts';
import type { RouteDeps } from '../route-deps.ts';
import { historyOf } from '../runs/stories.ts';
import { isNotFound } from '../temporal/temporal.ts';
import { latestOf } from './latest-executions.ts';
import type { MeantRecovery } from './trouble.ts';

const READS_AT_ONCE = 8;

/** The run that was retracted, and what is in doubt, as far as nobody has pursued it since: as many as one recovery takes. */
export async function retractedRuns(
  deps: Pick<RouteDeps, 'temporal' | 'pages' | 'light' | 'catalogue'>,
  retracted: ExecutionOfRun,
  doubts: readonly Doubt[],
  team: string | null,
  most = RECOVERY_RUNS,
): Promise<MeantRecovery> {
  const all = [retracted, ...doubts.map(({ run, execution }) => ({ run, execution }))];
  const latest = await latestOf(deps, [...new Set(all.map(({ run }) => run))]);
  const known = new Set(all.map(({ execution }) => execution));
  const meant: RecoveredRun[] = [];
  const achieved: string[] = [];
  const open: string[] = [];
  for (const { run, execution } of all) {
    const found = latest.get(run);
    // What a light run used started it: nothing of it was there before.
    const isWhole = execution === retracted.execution || parseLightExecution(execution) !== null;
    if (found === undefined || found.outcome === null) open.push(run);
    else if (found.execution === execution)
      meant.push({ run, execution, how: isWhole ? 'scratch' : 'repeat' });
    // A later execution that is in doubt itself stands in the list, too.
    else if (found.outcome === 'achieved' && !known.has(found.execution)) achieved.push(run);
  }
  const withUses = await concurrently(READS_AT_ONCE, meant, async (one): Promise<RecoveredRun> => {
    if (one.execution === retracted.execution) return one;
    const uses = await usesOf(deps, one);
    const doubted = all.filter(({ run, execution }) =>
      uses.some((use) => use.run === run && (use.execution === null || use.execution === execution)),
    );
    return { ...one, doubted };
  });
  const runs = inOrder(withUses);
  return {
    // What comes before a run stands before it in the list: a part of it from the start is whole.
    runs: runs.slice(0, most),
    left: Math.max(0, runs.length - most),
    team: doubts.every((one) => one.team === team) ? team : null,
    achieved,
    open,
  };
}

async function usesOf({ temporal }: Pick<RouteDeps, 'temporal'>, { run, execution }: ExecutionOfRun) {
  try {
    return usesIn(await historyOf(temporal, run, execution));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** Each after all that it used; what goes in a circle, which no history does, comes last. */
export function inOrder(runs: readonly RecoveredRun[]): RecoveredRun[] {
  const ordered: RecoveredRun[] = [];
  const places = new Map<string, number>();
  const isMeant = new Set(runs.map(({ execution }) => execution));
  let left = [...runs];
  while (left.length > 0) {
    const needs = ({ execution, doubted = [] }: RecoveredRun): string[] =>
      doubted.map((one) => one.execution).filter((one) => one !== execution && isMeant.has(one));
    const ready = left.filter((one) => needs(one).every((need) => places.has(need)));
    for (const one of ready.length > 0 ? ready : left) {
      const after = needs(one).flatMap((need) => places.get(need) ?? []);
      places.set(one.execution, ordered.length);
      ordered.push({ ...one, ...(after.length === 0 ? {} : { after }) });
    }
    left = left.filter(({ execution }) => !places.has(execution));
  }
  return ordered;
}
