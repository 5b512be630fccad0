import { Argument, type Command, Option } from 'commander';
import type { Priority } from '../../goals/wire/priority.ts';
import { CommandProblem } from './command-problem.ts';
import { completedBy } from './completed-by.ts';
import { begunLines, followRun } from './follow-run.ts';
import {
  type ActOptions,
  acting,
  actOf,
  confirmed,
  type Operator,
  operatorCommand,
} from './operator-command.ts';
import type { Screen } from './screen.ts';
import { spanOption } from './span-option.ts';
import { textOfFile } from './text-of-file.ts';
import { jsonInput, typedInput } from './typed-input.ts';

interface InputOptions {
  input?: string;
  inputFile?: string;
}

interface Options extends InputOptions, ActOptions {
  wait?: true;
  timeout?: number;
  force?: true;
  yes?: true;
  priority?: string;
  startAt?: string;
  delay?: number;
  idempotencyKey?: string;
}

/** `goalkeeper runs start GOAL day=2026-11-20`. */
export const startRunCommand = (screen: Screen): Command =>
  acting(
    operatorCommand<Options>(screen, 'start', async (at, [goal = '', ...pairs], options) => {
      const { wait, timeout, force, yes, priority, startAt, delay } = options;
      const input = await inputOf(at, goal, pairs, options);
      if (force)
        await confirmed(at, `Pursue ${goal} again even where it is achieved? All its steps run again.`, {
          yes,
        });
      const run = await at.client.goal(goal).start(input, {
        ...actOf(at, options),
        // The client may then retry it: a repeat starts nothing.
        idempotencyKey: options.idempotencyKey ?? crypto.randomUUID(),
        ...(force === undefined ? {} : { force }),
        ...(startAt === undefined ? {} : { startAt: timeOf(startAt) }),
        ...(delay === undefined ? {} : { delay }),
        ...(priority === undefined ? {} : { priority: Number(priority) as Priority }),
      });
      if (wait) return followRun(at, run.id, { execution: run.execution, timeoutMs: timeout });
      at.show(run, begunLines);
      return 'done';
    }),
  )
    .summary('start a run of a goal, or join the run of its key')
    .description(
      'Starts a run, or joins the run that the key of the input has already. Its input is JSON by --input or --input-file, or\n' +
        'pairs, each typed by the schema that the goal publishes: day=2026-11-20 limits.rows=5 tag=a tag=b',
    )
    .addArgument(completedBy('goals', new Argument('<goal>', 'name of the goal')))
    .addArgument(
      completedBy(
        'fields of a goal',
        new Argument('[pairs...]', 'fields of the input, such as day=2026-11-20'),
      ),
    )
    .option('--input <json>', 'the input, as JSON')
    .option('--input-file <file>', 'file that holds it; - reads the standard input')
    .option('--wait', 'watch it until it ends, and exit by its outcome')
    .addOption(
      spanOption('--timeout <span>', 'how long to wait at most, such as 10m; then it exits by the state'),
    )
    .option('--force', 'pursue it again even if it is achieved, which is asked for')
    .option('-y, --yes', 'ask nothing')
    .addOption(new Option('--priority <n>', '1 (first) to 5 (last)').choices(['1', '2', '3', '4', '5']))
    .option('--start-at <time>', 'when a new run begins, such as 2026-11-20T06:00:00Z')
    .addOption(spanOption('--delay <span>', 'the same, as how long from now, such as 10m or 2h'))
    .option('--idempotency-key <key>', 'makes the command safe to repeat');

function timeOf(given: string): string {
  const ms = Date.parse(given);
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new CommandProblem('option_invalid', `--start-at is '${given}'; write such as 2026-11-20T06:00:00Z.`);
}

async function inputOf(
  { client, screen }: Operator,
  goal: string,
  pairs: readonly string[],
  { input, inputFile }: InputOptions,
): Promise<unknown> {
  const ways = [input !== undefined, inputFile !== undefined, pairs.length > 0].filter(Boolean).length;
  if (ways > 1)
    throw new CommandProblem(
      'input_ambiguous',
      'Give the input once: by pairs, by --input, or by --input-file.',
    );
  if (input !== undefined) return jsonInput(input, 'the input');
  if (inputFile !== undefined) {
    const text = inputFile === '-' ? await screen.readInput() : textOfFile(inputFile);
    return jsonInput(text, inputFile === '-' ? 'the standard input' : inputFile);
  }
  return pairs.length === 0 ? {} : typedInput(pairs, (await client.goal(goal).show()).input);
}
