// A run for a person: its outcome first, then the first true failure, what it waits for, its criteria and steps. Errors that
// healed are counted at the end, without a colour that alarms.

import type { RunOf } from '../../client/index.ts';
import { spoken } from '../../goals/duration.ts';
import type { Failure, Measurement } from '../../goals/wire/failure.ts';
import type { MapProgress } from '../../goals/wire/map.ts';
import type { Run, RunSummary, Step } from '../../goals/wire/run-view.ts';
import { type Line, type Part, painted, type Tone } from './painted.ts';
import { type Column, tableLines } from './table.ts';
import { momentOf, whenAt } from './times.ts';
import { visibleJson, visibleLines } from './visible-text.ts';

const quiet = painted('quiet');
const VALUE_LIMIT = 2_000;

const TONES: Readonly<Record<string, Tone>> = {
  achieved: 'good',
  failed: 'bad',
  cancelled: 'careful',
  stuck: 'bad',
  struggling: 'careful',
  waiting: 'careful',
};

/** A state, or an outcome, in its colour. */
export const statePart = (state: string): Part => {
  const tone = TONES[state];
  return tone === undefined ? state : painted(tone)(state);
};

type Standing = Pick<Run, 'outcome' | 'state'>;

/** The outcome; of an open run its state. */
export const standingOf = ({ outcome, state }: Standing): string => outcome ?? state;

/** How a run failed, or null: of a run of the client, or of a list. */
const failureOf = (run: object): Failure | null => (run as Partial<Pick<Run, 'failure'>>).failure ?? null;

/** Why it stands so, in one line: the first true failure, what persists, or what it waits for. */
export function reasonLine(run: RunOf | RunSummary): string {
  const failure = failureOf(run);
  if (failure !== null) return failure.cause?.message ?? failure.message;
  if (run.stuck) return run.stuck.message;
  const [struggle] = run.struggling;
  if (struggle) return `${struggle.step}: ${struggle.message}`;
  const [wait] = run.waiting ?? [];
  if (wait) return `waits for ${wait.by.join(', ') || 'somebody'}: ${wait.name}`;
  return run.noWorker ? `no worker serves ${run.noWorker.queue}` : '';
}

export const RUN_COLUMNS: readonly Column<RunSummary>[] = [
  { head: 'RUN', cell: ({ id }) => id, cut: 'id' },
  { head: 'OUTCOME', cell: (run) => statePart(standingOf(run)) },
  { head: 'STARTED', cell: ({ startedAt }) => whenAt(startedAt), plain: ({ startedAt }) => startedAt },
  {
    head: 'TOOK',
    cell: ({ startedAt, closedAt }) => (closedAt === null ? null : tookOf(startedAt, closedAt)),
    plain: ({ closedAt }) => closedAt,
  },
  {
    head: 'HEALED',
    cell: ({ errors }) => quiet(healed(errors) === 0 ? '' : String(healed(errors))),
    plain: ({ errors }) => String(healed(errors)),
  },
  { head: 'WHY', cell: (run) => reasonLine(run), cut: 'text' },
];

const healed = ({ recovered, handled }: Run['errors']): number => recovered + handled;

const tookOf = (from: string, to: string): string => spoken(Date.parse(to) - Date.parse(from));

/** All that a person wants to know of a run. */
export function runLines(run: RunOf, width: number | null): Line[] {
  return [
    [statePart(standingOf(run)), '  ', painted('strong')(run.id), ...markParts(run)],
    ...failureLines(run),
    ...openLines(run),
    ...criteriaLines(run),
    ...stepLines(run, width),
    ...valueLines('output', run.outcome === 'achieved' ? run.output : undefined),
    ...healedLines(run),
    ...artifactsLines(run),
    ...annotationLines(run),
    quiet(contextOf(run)),
  ];
}

function markParts(run: RunOf): Part[] {
  const marks = [
    ...(run.late ? ['late'] : []),
    ...(run.atRisk
      ? [`at risk${run.earliestEnd === undefined ? '' : `: not before ${whenAt(run.earliestEnd)}`}`]
      : []),
    ...(run.already ? ['it held already'] : []),
    ...(run.accepted ? [`accepted by ${run.accepted.by}`] : []),
  ];
  return marks.length === 0 ? [] : [quiet(`  (${marks.join(', ')})`)];
}

/** The first true failure, and where it lies; then what this run says of it, where that is more. */
function failureLines(run: RunOf): Line[] {
  const failure = failureOf(run);
  if (failure === null) return [];
  const { cause, thrown } = failure;
  const place = cause && [
    ...(cause.run === run.id ? [] : [`in ${cause.run}`]),
    ...(cause.step === null ? [] : [`step ${cause.step}`]),
    ...(cause.attempt === null ? [] : [`attempt ${cause.attempt}`]),
    momentOf(cause.at),
  ];
  return [
    ...indented(visibleLines(cause?.message ?? failure.message)),
    quiet(`  ${[`${failure.kind}: ${cause?.code ?? failure.code}`, ...(place ?? [])].join(', ')}`),
    ...(failure.path.length > 1 ? [quiet(`  path: ${failure.path.join(' → ')}`)] : []),
    ...(thrown ? [quiet(`  thrown at ${thrown.at}`)] : []),
  ];
}

function openLines(run: RunOf): Line[] {
  return [
    ...(run.stuck ? indented(visibleLines(`${run.stuck.message}\n${run.stuck.mend}`)) : []),
    ...run.struggling.map(
      ({ step, attempts, code, message, nextAttemptAt }): Line => [
        painted('careful')(`  ${step}`),
        ` failed ${attempts} times, ${code}: ${message}`,
        quiet(nextAttemptAt === null ? '' : `  next attempt ${whenAt(nextAttemptAt)}`),
      ],
    ),
    ...(run.waiting ?? []).map(
      ({ kind, name, by, since, expires }): Line => [
        `  waits for ${by.join(', ') || 'somebody'} to ${kind === 'ask' ? 'answer' : 'decide'} `,
        painted('strong')(name),
        quiet(
          `  since ${whenAt(since)}${expires === null ? '' : `, ${expires.consequence}s ${whenAt(expires.at)}`}`,
        ),
      ],
    ),
    ...(run.noWorker
      ? [[painted('careful')('  no worker'), ` serves its queue ${run.noWorker.queue}`] satisfies Line]
      : []),
  ];
}

const amountOf = ({ value, unit }: Measurement): string =>
  unit === undefined ? String(value) : `${value} ${unit}`;

function criteriaLines({ criteria }: RunOf): Line[] {
  if (criteria.length === 0) return [];
  return [
    '',
    quiet('criteria'),
    ...criteria.map(
      ({ name, met, message, severity, measured }): Line => [
        '  ',
        met
          ? painted('good')('met')
          : severity === 'warn'
            ? painted('careful')('warns')
            : painted('bad')('not met'),
        `  ${name}`,
        ...(message === null ? [] : [`: ${message}`]),
        ...(measured === undefined || message !== null ? [] : [quiet(`  ${amountOf(measured)}`)]),
      ],
    ),
  ];
}

/** A step that failed alarms only where it decided the outcome: the run may have coped with it. */
const stepColumns = (failedAt: string | undefined): readonly Column<Step>[] => [
  { head: '  STEP', cell: ({ path }) => `  ${path}`, cut: 'id' },
  {
    head: 'STATE',
    cell: ({ path, state, kept }) =>
      kept ? (kept.supplied ? 'supplied' : 'kept') : path === failedAt ? painted('bad')(state) : state,
  },
  {
    head: 'ATTEMPTS',
    cell: ({ kind, attempts }) => (kind === 'job' && attempts > 1 ? String(attempts) : null),
  },
  {
    head: 'TOOK',
    cell: ({ startedAt, closedAt, ms }) =>
      ms !== undefined ? spoken(ms) : closedAt && tookOf(startedAt, closedAt),
  },
  { head: 'HEALED', cell: ({ errors }) => quiet(healed(errors) === 0 ? '' : String(healed(errors))) },
  { head: 'NOTE', cell: (step) => quiet(noteOf(step)), cut: 'text' },
];

function noteOf({ run, progress, waitingFor, nextAttemptAt, map, asked, lease }: Step): string {
  const notes = [
    run === null ? '' : run,
    progress === null
      ? ''
      : `${progress.done}${progress.total === null ? '' : ` of ${progress.total}`}${progress.note === null ? '' : ` ${progress.note}`}`,
    waitingFor === undefined ? '' : `waits for ${waitingFor}`,
    nextAttemptAt === null ? '' : `next attempt ${whenAt(nextAttemptAt)}`,
    map === undefined ? '' : mapNote(map),
    asked?.decision ? `${asked.decision.decision} by ${asked.decision.by}` : '',
    lease === undefined ? '' : `lease ${lease.state}`,
  ];
  return notes.filter((note) => note !== '').join(', ');
}

const mapNote = ({ done, total, lost }: MapProgress): string =>
  `${done}${total === null ? '' : ` of ${total}`} items${lost === 0 ? '' : `, ${lost} lost`}`;

const stepLines = (run: RunOf, width: number | null): Line[] =>
  run.steps.length === 0 ? [] : ['', ...tableLines(stepColumns(failureOf(run)?.path[0]), run.steps, width)];

function valueLines(name: string, value: unknown): Line[] {
  if (value === undefined || value === null) return [];
  const json = visibleJson(value);
  return [
    '',
    [
      quiet(`${name}  `),
      json.length > VALUE_LIMIT ? `${json.slice(0, VALUE_LIMIT)}… (--json has all)` : json,
    ],
  ];
}

function healedLines({ id, errors }: RunOf): Line[] {
  const count = healed(errors);
  const pending = errors.pending === 0 ? [] : [painted('careful')(`${errors.pending} pending`)];
  if (count === 0 && pending.length === 0) return [];
  const found: Part[] = count === 0 ? [] : [quiet(`${count} ${count === 1 ? 'error' : 'errors'} healed`)];
  return [
    '',
    [
      ...found,
      ...(count > 0 && pending.length > 0 ? [', '] : []),
      ...pending,
      quiet(`  (goalkeeper errors ${id})`),
    ],
  ];
}

/** How many tables, texts, links and images show with it. */
function artifactsLines({ id, artifacts }: RunOf): Line[] {
  if (artifacts === undefined) return [];
  const all = artifacts.kept + artifacts.dropped;
  return ['', quiet(`${all} ${all === 1 ? 'artifact' : 'artifacts'}: goalkeeper runs artifacts ${id}`)];
}

/** Its tags, and what people wrote on it. */
function annotationLines({ tags = [], notes = [] }: RunOf): Line[] {
  return [
    ...(tags.length === 0 ? [] : ['', [quiet('tags  '), tags.join(', ')] satisfies Line]),
    ...notes.flatMap(({ at, by, text }): Line[] => [
      '',
      quiet(`note by ${by}, ${momentOf(at)}`),
      ...indented(visibleLines(text)),
    ]),
  ];
}

function contextOf({ startedAt, closedAt, deadline, owner, team, why, resumes }: RunOf): string {
  return [
    `started ${momentOf(startedAt)} by ${why.kind}${why.by === null ? '' : ` of ${why.by}`}`,
    ...(closedAt === null ? [] : [`took ${tookOf(startedAt, closedAt)}`]),
    ...(closedAt === null && deadline !== null ? [`deadline ${whenAt(deadline)}`] : []),
    ...(resumes === null ? [] : [`resumes ${resumes.execution}`]),
    ...(owner === null ? [] : [`owner ${owner}${team === null ? '' : ` (${team})`}`]),
  ].join(', ');
}

const indented = (lines: readonly string[]): Line[] => lines.map((line) => `  ${line}`);
