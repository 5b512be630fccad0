// `goalkeeper datasets fill DATASET`: the partitions that are missing are pursued by a backfill, whose plan comes first.

import { Argument, type Command } from 'commander';
import type { BackfillRequest } from '../../client/index.ts';
import type { BackfillPlan } from '../../goals/wire/answers.ts';
import { backfillLines, backfillPlanLines } from './backfills.ts';
import { type ActOptions, acting, actOf, operatorCommand, wholeNumber } from './operator-command.ts';
import { type Line, painted } from './painted.ts';
import { agreed, type PlanOptions, planFirst } from './plan-first.ts';
import type { Screen } from './screen.ts';

interface Options extends ActOptions, PlanOptions {
  part?: string;
  from?: string;
  to?: string;
  atOnce?: number;
}

export const fillDatasetCommand = (screen: Screen): Command =>
  planFirst(
    acting(
      operatorCommand<Options>(screen, 'fill', async (at, [name = ''], options) => {
        const { part, from, to, atOnce } = options;
        const range = Object.entries({ part, from, to }).filter(([, given]) => given !== undefined);
        const filter = { ...Object.fromEntries(range), of: 'expected', fill: 'all', limit: 1 } as const;
        const { fill } = await at.client.datasets.partitions(name, filter).page();
        if (fill === null) {
          at.show(null, () => [`no partition of ${name} is missing`]);
          return 'done';
        }
        const { goal, keys, more } = fill;
        const request: BackfillRequest = {
          ...{ goal, keys, ...actOf(at, options) },
          ...(atOnce === undefined ? {} : { atOnce }),
        };
        const plan = await at.client.backfills.plan(request);
        const lines = (shown: BackfillPlan): Line[] => [
          ...backfillPlanLines(shown, screen.size?.columns ?? null),
          ...(more
            ? [painted('careful')('  more are missing than one backfill takes: ask once more after it')]
            : []),
        ];
        if (!(await agreed(at, plan, lines, 'Start it?', options))) return 'done';
        const idempotencyKey = crypto.randomUUID();
        at.show(await at.client.backfills.start({ ...request, idempotencyKey }), backfillLines);
        return 'done';
      }),
    ),
  )
    .summary('show which runs would fill the gaps of a dataset, ask, and pursue them')
    .addArgument(new Argument('<dataset>', 'name of the dataset'))
    .option('--part <name>', "part that --from and --to are of (default: the first of the goal's key)")
    .option('--from <value>', 'from this value of the part on')
    .option('--to <value>', 'up to this value')
    .option('--at-once <n>', 'most runs that are open at once (default: 4)', wholeNumber);
