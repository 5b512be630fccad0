import { Argument, type Command } from 'commander';
import type { ResumePlan } from '../../goals/wire/answers.ts';
import { completedBy } from './completed-by.ts';
import { begunLines, followRun } from './follow-run.ts';
import { type ActOptions, acting, actOf, operatorCommand } from './operator-command.ts';
import { type Line, painted } from './painted.ts';
import { agreed, type PlanOptions, planFirst } from './plan-first.ts';
import type { Screen } from './screen.ts';
import { spanOption } from './span-option.ts';
import { jsonInput } from './typed-input.ts';

interface Options extends ActOptions, PlanOptions {
  execution?: string;
  fromScratch?: true;
  exclude?: string[];
  supply?: string[];
  wait?: true;
  timeout?: number;
}

/** `goalkeeper runs resume RUN`: shows the plan, asks, and goes on from exactly the execution that the plan is about. */
export const resumeRunCommand = (screen: Screen): Command =>
  planFirst(
    acting(
      operatorCommand<Options>(screen, 'resume', async (at, [id = ''], options) => {
        const { execution, fromScratch, exclude, supply, wait, timeout } = options;
        const how = {
          ...(fromScratch === undefined ? {} : { fromScratch }),
          ...(exclude === undefined ? {} : { exclude }),
          ...(supply === undefined ? {} : { supply: supply.map(suppliedStep) }),
        };
        const plan = await at.client.runs.resume(id, {
          ...how,
          ...(execution === undefined ? {} : { execution }),
          dryRun: true,
        });
        if (!(await agreed(at, plan, planLines, 'Resume it so?', options))) return 'done';
        const run = await at.client.runs.resume(id, {
          ...how,
          ...actOf(at, options),
          execution: plan.execution,
        });
        if (wait) return followRun(at, run.id, { execution: run.execution, timeoutMs: timeout });
        at.show(run, begunLines);
        return 'done';
      }),
    ),
  )
    .summary('resume a failed run: show what is kept and what runs again, ask, and go on')
    .addArgument(completedBy('failed runs', new Argument('<run>', 'ID of the run')))
    .option('--wait', 'watch it until it ends, and exit by its outcome')
    .addOption(
      spanOption('--timeout <span>', 'how long to wait at most, such as 10m; then it exits by the state'),
    )
    .option('--exclude <step...>', 'steps that run again although they succeeded')
    .option('--supply <step=json...>', 'results that are taken instead of running the steps')
    .option('--from-scratch', 'keep no result')
    .option('--execution <id>', 'the closed execution that is meant (default: the latest)');

function suppliedStep(given: string): { step: string; output: unknown } {
  const at = given.indexOf('=');
  const step = at < 0 ? given : given.slice(0, at);
  return { step, output: jsonInput(at < 0 ? '' : given.slice(at + 1), `the result of ${step}`) };
}

/** What a resume would keep, run again and repeat. */
export function planLines({ run, kept, supplied, again, repeats, unused, code }: ResumePlan): Line[] {
  const repeated = new Set(repeats.map(nameOf));
  return [
    ['resume of ', painted('strong')(run)],
    ...kept.map((step): Line => [painted('good')('  keeps    '), nameOf(step)]),
    ...supplied.map((step): Line => [painted('good')('  supplied '), nameOf(step)]),
    ...again
      .filter((step) => !repeated.has(nameOf(step)))
      .map((step): Line => [painted('careful')('  runs     '), `${nameOf(step)} (${step.state})`]),
    ...repeats.map(
      (step): Line => [
        painted('careful')('  repeats  '),
        `${nameOf(step)}, begun ${step.attempts === 1 ? 'once' : `${step.attempts} times`} before`,
      ],
    ),
    ...unused.map(
      (step): Line => [
        painted('careful')('  unused   '),
        `${nameOf(step)}: the goal has no such job any more`,
      ],
    ),
    ...(code.changed ? [painted('careful')('  the code of the goal has changed since')] : []),
  ];
}

const nameOf = ({ step, name }: { step: string | null; name: string }): string => step ?? name;
