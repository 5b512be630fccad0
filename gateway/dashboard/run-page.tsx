/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of a run: the verdict first, then criteria and path; what is raw comes last, one click away.

import type { GoalDetails, RunArtifactPage } from '../../goals/wire/answers.ts';
import type { StepAttempts } from '../../goals/wire/attempts.ts';
import type { Lineage } from '../../goals/wire/dataset-answers.ts';
import type { Criterion } from '../../goals/wire/failure.ts';
import type { RunExecutions } from '../../goals/wire/run-row.ts';
import type { Disposition, OmittedErrors, Run, RunError, Step } from '../../goals/wire/run-view.ts';
import { isOpenQuestion, Question, whyNot } from './actions/decide-action.tsx';
import { RunActs } from './actions/run-actions.tsx';
import { runPath } from './actions/run-places.ts';
import { Annotations } from './annotations.tsx';
import { Artifacts, readFirstArtifacts } from './artifacts.tsx';
import { type Ask, asked, askedIfAny, askedIfThere, pathWith } from './asking.ts';
import { Attempts } from './attempts.tsx';
import { Executions } from './executions.tsx';
import { LineageOfRun, readLineage } from './lineage-pages.tsx';
import { type StepsAsked, stepsAsked } from './path-groups.ts';
import { type RunWithErrors, rowsOf } from './path-rows.ts';
import { PathSection } from './path-section.tsx';
import type { PageReader } from './reader.ts';
import { RunMarks } from './run-marks.tsx';
import type { ShownPage } from './shell.tsx';
import { stateOfRun } from './states.ts';
import { count, Icon, Json, Quoted, visible, WhenExactly } from './text.tsx';
import type { PageClock } from './times.ts';
import { Verdict } from './verdict.tsx';
import { Written } from './written.tsx';

/** What the page of a run shows. */
export interface RunToShow extends RunWithErrors {
  omitted: readonly OmittedErrors[];
  goal: GoalDetails | null;
  /** Runs of needed goals, by their IDs. */
  children: ReadonlyMap<string, RunWithErrors>;
  /** The first of what it shows beside its outcome. */
  artifacts: RunArtifactPage | null;
  /** The step whose errors are asked for. */
  step: string | undefined;
  /** The steps of its path that are asked for; null for the whole. */
  steps: StepsAsked | null;
  reader: PageReader;
  /** What it asks of people by now, and why the reader may not decide it. */
  questions: readonly { step: Step; mayNot: string | null }[];
  /** Of the step that is asked for; null where none is, or it is none of the run. */
  attempts: StepAttempts | null;
  executions: RunExecutions;
  lineage: Lineage | null;
  /** Whether it is of the execution that its address names, and not of the latest whichever that is. */
  isFixed: boolean;
}

/** So many runs of needed goals are unfolded. */
const MOST_CHILDREN = 6;

/** So many questions are asked on the page of their run. */
const MOST_QUESTIONS = 5;

/** Reads a run, its errors, its goal, and the runs of the goals that it needed. */
export async function readRun(
  ask: Ask,
  id: string,
  query: Readonly<Record<string, string | undefined>>,
  reader: PageReader,
): Promise<RunToShow> {
  const { execution, step } = query;
  const path = runPath(id);
  const run = await asked<Run>(ask, pathWith(path, { execution }));
  const same = { execution: run.execution };
  const open = run.closedAt === null ? run.steps.filter(isOpenQuestion).slice(0, MOST_QUESTIONS) : [];
  const [errors, goal, children, artifacts, questions, attempts, executions, lineage] = await Promise.all([
    asked<{ items: RunError[]; omitted: OmittedErrors[] }>(ask, pathWith(`${path}/errors`, same)),
    askedIfThere<GoalDetails>(ask, `/goals/${encodeURIComponent(run.goal)}`),
    readChildren(ask, run),
    readFirstArtifacts(ask, run),
    Promise.all(open.map(async (one) => ({ step: one, mayNot: await whyNot(one, reader) }))),
    step === undefined
      ? null
      : askedIfThere<StepAttempts>(ask, pathWith(`${path}/attempts`, { ...same, step })),
    askedIfAny<RunExecutions>(ask, `${path}/executions?limit=20`),
    readLineage(ask, run),
  ]);
  return {
    ...{
      run,
      errors: errors.items,
      omitted: errors.omitted,
      goal,
      children,
      artifacts,
      step,
      reader,
      questions,
    },
    ...{ attempts, lineage, executions: executions ?? { items: [], next: null } },
    steps: stepsAsked(query),
    isFixed: execution !== undefined,
  };
}

async function readChildren(ask: Ask, run: Run): Promise<Map<string, RunWithErrors>> {
  const needed = run.steps.filter((step) => step.kind === 'goal' && step.run !== null && step.kept === null);
  const inOrder = [...needed].sort((a, b) => Number(b.state === 'failed') - Number(a.state === 'failed'));
  const ids = [...new Set(inOrder.flatMap((step) => step.run ?? []))].slice(0, MOST_CHILDREN);
  const told = await Promise.all(
    ids.map(async (id) => {
      const { execution } = inOrder.find((step) => step.run === id) ?? {};
      const child = await askedIfThere<Run>(ask, pathWith(runPath(id), { execution }));
      const errors =
        child &&
        (await askedIfThere<{ items: RunError[] }>(ask, pathWith(`${runPath(id)}/errors`, { execution })));
      return child === null ? null : ([id, { run: child, errors: errors?.items ?? [] }] as const);
    }),
  );
  return new Map(told.filter((one) => one !== null));
}

/** The run in which the cause lies, where that is another: in its execution, as far down as the runs that were read tell. */
function causeElsewhere(
  { id, failure, steps }: Run,
  children: ReadonlyMap<string, RunWithErrors>,
): { run: string; href: string } | null {
  const cause = failure?.cause ?? null;
  if (cause === null || cause.run === id) return null;
  const step = steps.find(({ path }) => path === failure?.path[0]);
  const below = children.get(step?.run ?? '')?.run.failure?.cause;
  const execution = cause.execution ?? (below?.run === cause.run ? below.execution : undefined);
  return { run: cause.run, href: pathWith(runPath(cause.run), { execution }) };
}

/** The criteria that were judged, and those that nobody judged. */
function Criteria({ run, goal }: { run: Run; goal: GoalDetails | null }) {
  const judged = new Set(run.criteria.map(({ name }) => name));
  const open = (goal?.criteria ?? []).filter((name) => !judged.has(name));
  if (judged.size + open.length === 0) return null;
  return (
    <section aria-labelledby="criteria">
      <h2 id="criteria">
        Criteria <span class="n">judged when the path is walked to its end</span>
      </h2>
      <ul class="crit">
        {run.criteria.map((one) => (
          <Judged criterion={one} />
        ))}
        {open.map((name) => (
          <li>
            <Icon mark="none" tone="none" />
            <Quoted text={name} limit={200} />
            <small>not judged</small>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Judged({ criterion: { name, met, message, measured, severity } }: { criterion: Criterion }) {
  const mark = met ? 'achieved' : severity === 'warn' ? 'struggling' : 'failed';
  const found =
    measured === undefined
      ? ''
      : `${measured.value}${measured.unit === undefined ? '' : ` ${measured.unit}`}`;
  return (
    <li>
      <Icon mark={mark} tone={mark} />
      <span>
        <Quoted text={name} limit={200} />
        {message === null ? null : (
          <span class="quiet">
            {' '}
            <Quoted text={message} />
          </span>
        )}
      </span>
      <small>
        {[met ? 'met' : severity === 'warn' ? 'not met, warns' : 'not met', visible(found)]
          .filter(Boolean)
          .join(', ')}
      </small>
    </li>
  );
}

const FATES: Record<Disposition, readonly [tone: string, words: string]> = {
  fatal: ['failed', 'ended it'],
  recovered: ['healed', 'healed'],
  handled: ['healed', 'coped with'],
  pending: ['quiet', 'retried'],
};

/** So many errors are listed, of which so many with stack, details and lines: a page stays small. JSON has all of all. */
const MOST_ERRORS = 30;
const MOST_RAW = 3;

function Errors({ told, clock }: { told: RunToShow; clock: PageClock }) {
  const { run, omitted, step } = told;
  const among = told.errors.filter((error) => step === undefined || error.step === step);
  const sorted = [...among].sort(
    (a, b) => Number(b.disposition === 'fatal') - Number(a.disposition === 'fatal'),
  );
  const left = Math.max(0, sorted.length - MOST_ERRORS) + omitted.reduce((sum, one) => sum + one.count, 0);
  const elsewhere = causeElsewhere(run, told.children);
  const { fatal, recovered, handled, pending } = run.errors;
  const counts = [
    `${fatal} ended it`,
    `${recovered + handled} healed`,
    ...(pending > 0 ? [`${pending} retried`] : []),
  ];
  return (
    <details open={run.outcome === 'failed' || step !== undefined} id="errors">
      <summary>
        Errors of {step === undefined ? 'this run' : <bdi>{visible(step)}</bdi>}{' '}
        <span class="end">{counts.join(', ')}</span>
      </summary>
      <div class="inset">
        <p class="hint">
          {step === undefined ? null : (
            <>
              <a href={runPath(run.id)}>all errors of the run</a>
              {' · '}
            </>
          )}
          <a href={pathWith(`${runPath(run.id)}/logs`, { step })}>whole log</a>
        </p>
        {elsewhere === null ? null : (
          <p>
            What ended it happened in <a href={`${elsewhere.href}#errors`}>{visible(elsewhere.run)}</a>.
          </p>
        )}
        {sorted.length === 0 ? <p class="hint">No attempt of its own failed.</p> : null}
        <ul class="errs">
          {sorted.slice(0, MOST_ERRORS).map((error, i) => (
            <OneError
              error={error}
              clock={clock}
              isOpen={step !== undefined}
              rawAt={
                step !== undefined || i < MOST_RAW
                  ? null
                  : `${pathWith(runPath(run.id), { step: error.step })}#error-${error.id}`
              }
            />
          ))}
        </ul>
        {left === 0 ? null : (
          <p class="hint">and {count(left, 'error')} more: the JSON has all that are kept</p>
        )}
      </div>
    </details>
  );
}

function OneError({
  error,
  clock,
  isOpen,
  rawAt,
}: {
  error: RunError;
  clock: PageClock;
  isOpen: boolean;
  /** Where its stack, details and lines are shown; null: here. */
  rawAt: string | null;
}) {
  const [tone, words] = FATES[error.disposition];
  const hasRaw = error.stack !== null || error.details !== undefined || error.log !== undefined;
  return (
    <li id={`error-${error.id}`}>
      <span class={tone}>{error.cutOff ? 'cut off' : words}</span>
      <bdi class="mono">
        {visible(error.step)}, {error.attempt}
      </bdi>
      <span dir="auto">
        <Quoted text={error.message} limit={rawAt === null ? 500 : 200} />{' '}
        {!hasRaw ? null : rawAt !== null ? (
          <a class="code" href={rawAt}>
            {visible(error.code)}
          </a>
        ) : (
          <details class="raw" open={isOpen}>
            <summary>
              <span class="code">{visible(error.code)}</span> on <bdi>{visible(error.worker)}</bdi>
            </summary>
            {error.stack === null ? null : (
              <pre dir="auto" tabindex={0}>
                {visible(error.stack).slice(0, 4000)}
              </pre>
            )}
            {error.details === undefined ? null : <Json value={error.details} />}
            {error.log === undefined ? null : <Written log={error.log} clock={clock} />}
          </details>
        )}
      </span>
      <span class="faint">
        <WhenExactly at={error.at} clock={clock} />
      </span>
    </li>
  );
}

function Raw({ told, clock }: { told: RunToShow; clock: PageClock }) {
  const { run } = told;
  return (
    <section aria-labelledby="raw">
      <h2 id="raw">Raw</h2>
      {told.attempts === null ? null : <Attempts told={told.attempts} clock={clock} />}
      <Errors told={told} clock={clock} />
      <details>
        <summary>
          Input and output{' '}
          <span class="end">{run.output === null || run.output === undefined ? 'no output' : 'both'}</span>
        </summary>
        <div class="inset">
          <h3>Input</h3>
          <Json value={run.input} />
          <h3>Output</h3>
          <Json value={run.output} />
        </div>
      </details>
      <details>
        <summary>
          Record <span class="end">for audits</span>
        </summary>
        <div class="inset">
          <p>
            <a href={pathWith(`${runPath(run.id)}/record`, { execution: run.execution })}>The record</a> says
            what was wanted, done and decided, by whom, and what came of it: what sinks of records get.
            Programs read this address and that one as JSON, without <code>text/html</code> in{' '}
            <code>Accept</code>.
          </p>
        </div>
      </details>
      <Executions run={run} executions={told.executions} clock={clock} />
    </section>
  );
}

export function runPage(told: RunToShow, clock: PageClock): ShownPage {
  const { run, goal, reader, questions } = told;
  const rows = rowsOf(told, told.children, clock.now);
  const begun = new Set(rows.map(({ step }) => step.name));
  const isPast = run.outcome === 'failed' || run.outcome === 'cancelled';
  const never = isPast ? (goal?.jobs ?? []).map(({ name }) => name).filter((name) => !begun.has(name)) : [];
  const sentence = `${stateOfRun(run).words}: ${run.id}`;
  return {
    sentence,
    screen: '/runs',
    id: run.id,
    live: told.isFixed
      ? run.closedAt === null
        ? `${runPath(run.id)}/events?execution=${run.execution}`
        : undefined
      : `${runPath(run.id)}/events?follow=run`,
    crumbs: [
      { words: 'Goals', href: '/goals' },
      { words: run.goal, href: `/goals/${encodeURIComponent(run.goal)}` },
      { words: run.key },
    ],
    body: (
      <>
        <Verdict
          run={run}
          goal={goal}
          elsewhere={causeElsewhere(run, told.children)?.href ?? null}
          clock={clock}
          acts={
            <>
              {questions.map(({ step, mayNot }) => (
                <Question run={run} step={step} mayNot={mayNot} reader={reader} clock={clock} />
              ))}
              <RunActs run={run} reader={reader} />
            </>
          }
        />
        <RunMarks run={run} clock={clock} />
        <Criteria run={run} goal={goal} />
        <PathSection told={{ run, rows, never, asked: told.steps, isFixed: told.isFixed }} clock={clock} />
        <LineageOfRun run={run} lineage={told.lineage} />
        <Artifacts run={run} told={told.artifacts} clock={clock} />
        <Annotations run={run} clock={clock} />
        <Raw told={told} clock={clock} />
      </>
    ),
  };
}
