import { Argument, type Command } from 'commander';
import type { RetractionPlan } from '../../goals/wire/answers.ts';
import { completedBy } from './completed-by.ts';
import { type ActOptions, acting, actOf, confirmed, operatorCommand } from './operator-command.ts';
import { type Line, painted } from './painted.ts';
import { SHOWN } from './recoveries.ts';
import { doubtLines, keptBy, retractionLines } from './retractions.ts';
import type { Screen } from './screen.ts';

const quiet = painted('quiet');
const planLines = ({ run, total, truncated, items, sinks }: RetractionPlan, shown: number): Line[] => [
  [
    painted('strong')(run),
    `: ${total}${truncated ? ' or more' : ''} ${total === 1 ? 'run' : 'runs'} would be in doubt`,
  ],
  ...doubtLines(items, total, shown),
  quiet(keptBy(sinks)),
];

interface Options extends ActOptions {
  reason: string;
  execution?: string;
  all?: true;
  dryRun?: true;
  yes?: true;
}

/** `goalkeeper runs retract RUN --reason …`: shows what would be in doubt, asks, and marks it. */
export const retractRunCommand = (screen: Screen): Command =>
  acting(
    operatorCommand<Options>(screen, 'retract', async (at, [id = ''], options) => {
      const { reason, execution, all, dryRun, yes } = options;
      const lines = (plan: RetractionPlan) => planLines(plan, all ? plan.items.length : SHOWN);
      const asked = { ...actOf(at, options), reason, ...(execution === undefined ? {} : { execution }) };
      const plan = await at.client.runs.planRetraction(id, asked);
      if (dryRun) {
        at.show(plan, lines);
        return 'done';
      }
      if (!at.json) screen.note(...lines(plan));
      await confirmed(at, `Retract ${id}?`, { yes });
      at.show(await at.client.runs.retract(id, { ...asked, execution: plan.execution }), retractionLines);
      return 'done';
    }),
    { needsReason: true },
  )
    .summary('say that an achieved outcome is wrong: show what used it, ask, and mark all of it')
    .addArgument(completedBy('runs', new Argument('<run>', 'ID of the run')))
    .option('--execution <id>', 'an earlier execution of the run')
    .option('--all', `list every run in doubt, not the first ${SHOWN}`)
    .option('--dry-run', 'show what would be in doubt, and do nothing')
    .option('-y, --yes', 'ask nothing');
