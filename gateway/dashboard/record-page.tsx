/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The page of a run's record: what was wanted and by whom, what was done and decided, and what came of it; as a sink of records has it.

import type { Child } from 'hono/jsx';
import type { OperatorAction, RecordedDecision, RunRecord } from '../../goals/wire/run-record.ts';
import { pathWith } from './asking.ts';
import type { ShownPage } from './shell.tsx';
import { Table } from './table.tsx';
import { count, Json, Quoted, State, visible } from './text.tsx';
import { absolute, duration, type PageClock } from './times.ts';

/** Steps, decisions and errors of which the page has rows; the JSON has all. */
const MOST_ROWS = 100;

const runPath = (id: string): string => `/runs/${encodeURIComponent(id)}`;

const OUTCOMES = {
  achieved: { mark: 'achieved', words: 'Reached' },
  failed: { mark: 'failed', words: 'Not reached' },
  cancelled: { mark: 'cancelled', words: 'Cancelled' },
} as const;

function decided(decision: RecordedDecision): Child {
  switch (decision.kind) {
    case 'gave-up':
      return `gave up ${visible(decision.step)}: ${decision.reason}`;
    case 'handled':
      return (
        <>
          coped with the failure of {visible(decision.step)}
          {decision.message === null ? null : (
            <>
              : <Quoted text={decision.message} limit={200} />
            </>
          )}
        </>
      );
    case 'torn-down':
      return `tore ${visible(decision.step)} down`;
    case 'deadline':
      return 'ended the run, as its time was over';
    case 'criterion':
      return (
        <>
          {decision.met ? 'met' : 'not met'}: <Quoted text={decision.name} limit={200} />
          {decision.message === null ? null : (
            <>
              : <Quoted text={decision.message} limit={200} />
            </>
          )}
        </>
      );
  }
}

const acted = ({ by, verified, kind, name, reason }: OperatorAction): Child => (
  <>
    <Quoted text={by ?? 'nobody known'} limit={80} />
    {verified === true ? '' : by === null ? '' : ' (as they said)'}: {kind}
    {name === null ? '' : ` ${visible(name)}`}
    {reason === null ? null : (
      <>
        , <Quoted text={reason} limit={300} />
      </>
    )}
  </>
);

export function recordPage(record: RunRecord, execution: string | undefined, clock: PageClock): ShownPage {
  const { run, intention, path, decisions, actions, errors, outcome, tags = [], notes = [] } = record;
  const { why } = intention;
  const { counts } = errors;
  const at = (iso: string): string => absolute(iso, clock.zone);
  const sentence = `Record of ${visible(run)}`;
  const state =
    outcome.outcome === null ? { mark: 'pursuing' as const, words: 'Under way' } : OUTCOMES[outcome.outcome];
  const done = [
    ...actions.map((one) => ({ at: one.at, who: 'a person', what: acted(one) })),
    ...decisions.map((one) => ({ at: one.at, who: 'the run', what: decided(one) })),
  ].sort((a, b) => a.at.localeCompare(b.at));
  return {
    sentence,
    screen: '/runs',
    id: run,
    crumbs: [
      { words: 'Runs', href: '/runs' },
      { words: run, href: pathWith(runPath(run), { execution }) },
      { words: 'Record' },
    ],
    body: (
      <>
        <h1>{sentence}</h1>
        <p class="lead">
          <State {...state} />
          {outcome.closedAt === null ? ', so far' : ` on ${at(outcome.closedAt)}`}, execution{' '}
          <bdi class="mono">{record.execution}</bdi>
        </p>
        <p class="hint">Sinks of records get the same, and programs read it at this address as JSON.</p>
        <section aria-labelledby="intention">
          <h2 id="intention">What was wanted</h2>
          <dl class="pairs">
            <dt>outcome</dt>
            <dd>
              <Quoted text={intention.outcome ?? intention.goal} limit={300} />
            </dd>
            <dt>by</dt>
            <dd>
              <Quoted text={why.by ?? 'nobody known'} limit={80} />, {why.kind}
              {why.ref === null ? '' : ` ${visible(why.ref)}`}
              {why.reason === null ? null : (
                <>
                  : <Quoted text={why.reason} limit={300} />
                </>
              )}
            </dd>
            <dt>for</dt>
            <dd>
              <Quoted text={`${intention.owner ?? 'unknown'}, ${intention.team ?? 'unknown'}`} limit={120} />
            </dd>
            <dt>key</dt>
            <dd>
              <bdi class="mono">{visible(intention.key)}</bdi>
            </dd>
            <dt>began</dt>
            <dd>{at(intention.startedAt)}</dd>
            <dt>deadline</dt>
            <dd>{intention.deadline === null ? 'none' : at(intention.deadline)}</dd>
            {tags.length === 0 ? null : (
              <>
                <dt>tags</dt>
                <dd>{visible(tags.join(', '))}</dd>
              </>
            )}
          </dl>
        </section>
        <section aria-labelledby="outcome">
          <h2 id="outcome">What came of it</h2>
          {outcome.failure === null ? null : (
            <p class="say" dir="auto">
              <Quoted text={outcome.failure.cause?.message ?? outcome.failure.message} />{' '}
              <span class="code faint">{visible(outcome.failure.cause?.code ?? outcome.failure.code)}</span>
            </p>
          )}
          <Table
            head={['Criterion', 'Said', 'Why']}
            rows={outcome.criteria.map(({ name, met, message }): Child[] => [
              <Quoted text={name} limit={200} />,
              <State mark={met ? 'achieved' : 'failed'} words={met ? 'met' : 'not met'} />,
              message === null ? '' : <Quoted text={message} limit={300} />,
            ])}
            empty="No criterion was judged."
          />
        </section>
        <section aria-labelledby="path">
          <h2 id="path">
            What was done <span class="n">{count(path.length, 'step')}</span>
          </h2>
          <Table
            head={['Step', 'State', 'Began', 'Took', 'Attempts']}
            rows={path
              .slice(0, MOST_ROWS)
              .map((step): Child[] => [
                <bdi class="mono">{visible(step.path)}</bdi>,
                step.kept === null ? step.state : 'kept',
                at(step.startedAt),
                step.closedAt === null
                  ? ''
                  : duration(Date.parse(step.closedAt) - Date.parse(step.startedAt)),
                step.attempts,
              ])}
            empty="No step has begun."
          />
          {path.length > MOST_ROWS ? <p class="hint">and {path.length - MOST_ROWS} more</p> : null}
        </section>
        <section aria-labelledby="decided">
          <h2 id="decided">Who did and decided what</h2>
          <Table
            head={['What', 'Who', 'When']}
            rows={done.slice(0, MOST_ROWS).map((one): Child[] => [one.what, one.who, at(one.at)])}
            empty="Nobody had to do or decide anything."
          />
          {done.length > MOST_ROWS ? <p class="hint">and {done.length - MOST_ROWS} more</p> : null}
        </section>
        {notes.length === 0 ? null : (
          <section aria-labelledby="notes">
            <h2 id="notes">Notes</h2>
            <Table
              head={['Note', 'By', 'When']}
              rows={notes.map((note): Child[] => [
                <Quoted text={note.text} limit={500} />,
                <Quoted text={note.by} limit={80} />,
                at(note.at),
              ])}
              empty=""
            />
          </section>
        )}
        <section aria-labelledby="raw">
          <h2 id="raw">Raw</h2>
          <p class="hint">
            {count(counts.fatal, 'error')} ended it, {counts.recovered + counts.handled} healed; each stands
            in the record and on <a href={`${runPath(run)}#errors`}>the page of the run</a>.
          </p>
          <details>
            <summary>
              The record <span class="end">JSON, version {record.version}</span>
            </summary>
            <div class="inset">
              <Json value={record} />
            </div>
          </details>
        </section>
      </>
    ),
  };
}
