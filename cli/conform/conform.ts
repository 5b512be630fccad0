// Throws each case of the contract at a program, by the very runner that a worker has for it, and judges its answers.

import { pino } from 'pino';
import { classify, timedOut } from '../../activities/attempts/classify.ts';
import type { JobContext } from '../../activities/bind.ts';
import { type ProgramPlan, runProgram } from '../../activities/runners/command/run-program.ts';
import { artifactsTo } from '../../goals/artifacts.ts';
import { DEFAULT_RETRY } from '../../goals/policy.ts';
import { jobVariables } from '../../goals/wire/names.ts';
import {
  type CaseAnswer,
  CONFORM_CASES,
  CONFORM_CONTEXT,
  CONFORM_INPUT,
  type ConformCase,
  STOP_MS,
} from './conform-cases.ts';

export interface CaseVerdict {
  name: string;
  about: string;
  /** `untried`: the program does not heed the cases, and would do its real work instead. */
  result: 'right' | 'wrong' | 'untried';
  /** What is wrong with its answer; null when nothing is. */
  fault: string | null;
  /** How to mend it; null when it is right. */
  advice: string | null;
  /** The last lines that it wrote to stderr, where it went wrong. */
  stderr: readonly string[];
}

export interface ConformOptions {
  argv: readonly string[];
  cwd?: string;
  /** Environment beside PATH. */
  env?: Readonly<Record<string, string>>;
  output?: 'stdout' | 'fd3';
  /** Longest time for one case, in milliseconds. */
  timeoutMs: number;
  /** Names of the cases to try, after the first, which is always tried. Default: all. */
  cases?: readonly string[];
}

/** The verdict on each case, as soon as there is one. A program that fails the first is spared the others. */
export async function* conform(options: ConformOptions): AsyncGenerator<CaseVerdict> {
  let heeds = true;
  const wanted = CONFORM_CASES.filter(({ name }, i) => i === 0 || (options.cases?.includes(name) ?? true));
  for (const [i, one] of wanted.entries()) {
    const { name, about, advice } = one;
    if (!heeds) {
      yield { name, about, result: 'untried', fault: null, advice, stderr: [] };
      continue;
    }
    const { answer, stderr } = await tryCase(options, one);
    const fault = one.fault(answer);
    if (fault === null) yield { name, about, result: 'right', fault, advice: null, stderr: [] };
    else yield { name, about, result: 'wrong', fault, advice, stderr };
    if (i === 0) heeds = fault === null;
  }
}

async function tryCase(
  { argv, cwd, env, output = 'stdout', timeoutMs }: ConformOptions,
  { name, isStopped }: ConformCase,
): Promise<{ answer: CaseAnswer; stderr: string[] }> {
  const answer: CaseAnswer & { progress: unknown[]; checkpoints: unknown[] } = {
    output: null,
    error: null,
    progress: [],
    checkpoints: [],
    stopMs: null,
  };
  const stderr: string[] = [];
  const stop = new AbortController();
  let stoppedAt: number | null = null;
  const late = setTimeout(() => stop.abort(timedOut(timeoutMs)), timeoutMs);
  const context: JobContext = {
    ...CONFORM_CONTEXT,
    signal: stop.signal,
    goal: 'conform',
    run: 'conform:key',
    step: 'step#1',
    deadline: null,
    remainingMs: timeoutMs,
    log: pino(
      { base: null },
      { write: (line) => void stderr.push((JSON.parse(line) as { msg: string }).msg) },
    ),
    secrets: {},
    progress: (...told) => {
      answer.progress.push(told);
      if (!isStopped || stoppedAt !== null) return;
      stoppedAt = performance.now();
      stop.abort(new Error('told to stop'));
    },
    checkpoint: async (state) => void answer.checkpoints.push(state),
    artifact: artifactsTo(() => undefined),
  };
  const plan: ProgramPlan = {
    name: argv[0] as string,
    argv,
    cwd,
    env: { PATH: process.env.PATH ?? '', ...env, [jobVariables.conform]: name },
    output,
    graceMs: name === 'hang' ? 300 : STOP_MS,
  };
  try {
    answer.output = { value: await runProgram(plan, CONFORM_INPUT, context) };
  } catch (thrown) {
    const isLate = stop.signal.aborted && stoppedAt === null;
    answer.error = classify(isLate ? stop.signal.reason : thrown, DEFAULT_RETRY);
  } finally {
    clearTimeout(late);
  }
  if (stoppedAt !== null) answer.stopMs = performance.now() - stoppedAt;
  return { answer, stderr: stderr.slice(-5) };
}
