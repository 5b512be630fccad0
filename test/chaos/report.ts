// What the suite says at the end: a table in Markdown, and what is wrong in sentences.

import { cpus } from 'node:os';
import type { Try } from './asking.ts';
import { isSound, type Verdict } from './check.ts';
import type { Figures, Recovery } from './recovery.ts';

export interface Result {
  topology: string;
  seed: number;
  minutes: number;
  /** Runs that were acknowledged, by kind. */
  acknowledged: Record<string, number>;
  /** Runs that hosts of light runs achieved, by Temporal's histories. */
  light: number;
  kills: number;
  verdict: Verdict;
  recoveries: Recovery[];
  /** While Temporal was away, in milliseconds. */
  answers: { figures: Figures | null; slowest: Try | null };
  /** From a run's start to its outcome, in milliseconds. */
  outcomes: Figures | null;
  alerts: { failures: number; messages: number; repeated: number };
}

const seconds = (ms: number): string => (ms < 9_950 ? (ms / 1000).toFixed(1) : String(Math.round(ms / 1000)));
const figures = (given: Figures | null): string[] =>
  given === null ? ['–', '–', '–'] : [given.p50, given.p95, given.most].map(seconds);
const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

export const totalOf = (result: Result): number =>
  Object.values(result.acknowledged).reduce((sum, n) => sum + n, 0);

/** In a line, as the promise is put. */
export function summaryOf(result: Result): string {
  const { kills, verdict } = result;
  const { lost, doubled, untold, missing, wrong, repeated, recovered } = verdict;
  const total = totalOf(result);
  return (
    `${total} acknowledged, ${kills} kills that hit work in flight: ${lost.length} lost, ${doubled.length} double, ` +
    `${untold.length} attempts untold, ${missing.length} effects missing, ${wrong.length} otherwise wrong; ` +
    `${recovered} errors recovered, ${repeated} effects of jobs repeated`
  );
}

export function problemsOf({ verdict }: Result): string[] {
  const { lost, doubled, untold, missing, wrong } = verdict;
  return Object.entries({ lost, doubled, untold, missing, wrong }).flatMap(([what, found]) =>
    found.map((one) => `${what}: ${one}`),
  );
}

export function markdownOf(result: Result): string {
  const { topology, seed, minutes, acknowledged, recoveries, answers, outcomes, alerts, verdict } = result;
  const { lost, doubled, untold, missing, wrong, repeated, recovered } = verdict;
  const slowest =
    answers.slowest === null ? '' : ` (the longest: ${answers.slowest.status} for ${answers.slowest.path})`;
  const kinds = Object.entries(acknowledged).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    `${topology}, seed ${seed}, ${minutes} minutes of load on ${cpus().length} cores, Node ${process.versions.node}: ${isSound(verdict) ? 'every promise kept' : 'NOT every promise kept'}.`,
    table(
      ['what', 'figure'],
      [
        [`runs acknowledged (${kinds.map(([kind, n]) => `${kind} ${n}`).join(', ')})`, totalOf(result)],
        ['of these achieved in a workflow that many share', result.light],
        ['kills that hit work in flight', result.kills],
        ['runs lost', lost.length],
        ['runs or attempts made twice', doubled.length],
        ['failed attempts missing in a ledger', untold.length],
        ['effects missing', missing.length],
        ['anything else that is wrong', wrong.length],
        ['errors that recovered, and of which nobody was told', recovered],
        ["jobs' effects that happened more than once", repeated],
        [
          'failures / messages of alerts / of these delivered again',
          `${alerts.failures} / ${alerts.messages} / ${alerts.repeated}`,
        ],
      ],
    ),
    'Seconds until work went on:',
    table(
      ['fault', 'times', 'kills', 'hit', 'p50', 'p95', 'most'],
      recoveries.map(({ kind, faults, kills, hit, wentOn }) => [
        kind,
        faults,
        kills,
        hit,
        ...figures(wentOn),
      ]),
    ),
    'Seconds otherwise:',
    table(
      ['what', 'p50', 'p95', 'most'],
      [
        [`an answer of a gateway while Temporal was away${slowest}`, ...figures(answers.figures)],
        ["from a run's start to its outcome, faults included", ...figures(outcomes)],
      ],
    ),
  ].join('\n\n');
}
