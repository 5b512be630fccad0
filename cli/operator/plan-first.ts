// Commands that show what they would do, ask, and only then do it.

import type { Command } from 'commander';
import { confirmed, type Operator } from './operator-command.ts';
import type { Line } from './painted.ts';

/** Of a plan, so many runs are shown one by one. */
export const PLANNED_SHOWN = 20;

export interface PlanOptions {
  dryRun?: true;
  yes?: true;
}

/** Adds the options of such a command. */
export const planFirst = (command: Command): Command =>
  command.option('--dry-run', 'show the plan, and do nothing').option('-y, --yes', 'ask nothing');

/** Shows the plan: false with `--dry-run`, where it is all that is wanted; true once whoever is asked agrees. */
export async function agreed<Plan>(
  at: Operator,
  plan: Plan,
  lines: (plan: Plan) => readonly Line[],
  question: string,
  { dryRun, yes }: PlanOptions,
): Promise<boolean> {
  if (dryRun) {
    at.show(plan, lines);
    return false;
  }
  if (!at.json) at.screen.note(...lines(plan));
  await confirmed(at, question, { yes });
  return true;
}
