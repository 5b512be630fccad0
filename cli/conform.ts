// The command that tries a job program against the cases of the job contract.

import { Command, InvalidArgumentError, Option } from 'commander';
import { milliseconds } from '../goals/duration.ts';
import { type CaseVerdict, conform } from './conform/conform.ts';
import { CONFORM_CASES } from './conform/conform-cases.ts';

interface Options {
  cwd?: string;
  env: Record<string, string>;
  output: 'stdout' | 'fd3';
  timeout: number;
  case?: string[];
}

/** `goalkeeper conform -- python3 job.py`. Exit code 0 when all is right, 1 when something is wrong. */
export const conformCommand = (): Command =>
  new Command('conform')
    .summary('try whether a program keeps the contract of a job')
    .description(
      'Tries each case of the contract of a job (docs/reference/job-contract.md) at a program: success, each class of error, bad\n' +
        'output, megabytes of it, a crash, a cancellation, a hang. GOALKEEPER_CONFORM tells the program which; the helpers\n' +
        'for Python and TypeScript answer by themselves. As in a worker, it has only PATH and what --env gives it.',
    )
    .usage('[options] -- <command...>')
    .argument('<command...>', 'the program and its arguments')
    .option('--cwd <folder>', 'folder to run it in')
    .option(
      '--env <name[=value]>',
      'a variable for it; without a value, as it is here (may be repeated)',
      variable,
      {},
    )
    .addOption(
      new Option('--output <where>', 'where it writes its output')
        .choices(['stdout', 'fd3'])
        .default('stdout'),
    )
    .option('--case <name>', 'a case to try beside the first (may be repeated); by default all are', caseName)
    .option('--timeout <duration>', 'longest time for one case', duration, 30_000)
    .showHelpAfterError('(write it as: goalkeeper conform -- python3 job.py)')
    .action(async (argv: string[], { cwd, env, output, timeout, case: cases }: Options) => {
      process.stdout.write(`\n  ${argv.join(' ')}\n\n`);
      const verdicts: CaseVerdict[] = [];
      const options = {
        ...{ argv, env, output, timeoutMs: timeout },
        ...(cwd === undefined ? {} : { cwd }),
        ...(cases === undefined ? {} : { cases }),
      };
      for await (const verdict of conform(options)) {
        verdicts.push(verdict);
        process.stdout.write(told(verdict));
      }
      const right = verdicts.filter(({ result }) => result === 'right').length;
      if (verdicts.some(({ result }) => result === 'untried'))
        process.stdout.write(
          '\n  It does not heed GOALKEEPER_CONFORM, so the others were not tried: it would do its real work each time.\n',
        );
      process.stdout.write(`\n  ${right} of ${verdicts.length} right\n`);
      process.exitCode = right === verdicts.length ? 0 : 1;
    });

const RESULTS: Record<CaseVerdict['result'], string> = {
  right: 'right',
  wrong: 'WRONG',
  untried: 'not tried',
};

/** A row of the table, and below it what is wrong and how to mend it. */
function told({ name, about, result, fault, advice, stderr }: CaseVerdict): string {
  const rows = [`  ${RESULTS[result].padEnd(11)}${name.padEnd(16)}${about}`];
  const below = (label: string, text: string): void => {
    for (const [i, line] of wrapped(text).entries())
      rows.push(`  ${''.padEnd(11)}${(i === 0 ? label : '').padEnd(16)}${line}`);
  };
  if (fault !== null) below('  but', fault);
  if (stderr.length > 0) below('  stderr', stderr.join('\n'));
  if (advice !== null) below('  mend', advice);
  return `${rows.join('\n')}\n`;
}

const WIDTH = 90;

/** Lines of at most WIDTH characters, broken where words are. */
const wrapped = (text: string): string[] =>
  text
    .split('\n')
    .flatMap((line) => line.match(new RegExp(`.{1,${WIDTH}}(?:\\s|$)|\\S{${WIDTH}}`, 'gu')) ?? [line])
    .map((line) => line.trimEnd());

function variable(given: string, before: Record<string, string>): Record<string, string> {
  const at = given.indexOf('=');
  const name = at === -1 ? given : given.slice(0, at);
  const value = at === -1 ? process.env[name] : given.slice(at + 1);
  if (name === '' || value === undefined)
    throw new InvalidArgumentError(name === '' ? 'It has no name.' : `${name} is not set here.`);
  return { ...before, [name]: value };
}

function caseName(given: string, before: string[] = []): string[] {
  const names = CONFORM_CASES.map(({ name }) => name);
  if (!names.includes(given)) throw new InvalidArgumentError(`The cases are ${names.join(', ')}.`);
  return [...before, given];
}

function duration(given: string): number {
  const ms = milliseconds(given);
  if (ms === null || ms === 0) throw new InvalidArgumentError("Give a duration, such as '30s'.");
  return ms;
}
