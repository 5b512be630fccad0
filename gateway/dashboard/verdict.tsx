/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The verdict on a run: whether the outcome was reached; and if not, the first true failure and the way to it.

import type { Child } from 'hono/jsx';
import type { GoalDetails } from '../../goals/wire/answers.ts';
import type { Failure } from '../../goals/wire/failure.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { troubleOfRun } from '../../views/incidents.ts';
import { healedOf, stateOfRun } from './states.ts';
import { count, Quoted, State, toneOf, visible, WhenExactly } from './text.tsx';
import { duration, type PageClock } from './times.ts';

const CLASSES: Record<string, string> = {
  transient: 'may heal by itself',
  permanent: 'permanent: no retry heals it',
  data: 'wrong data',
  code: 'a bug in the code',
  infrastructure: 'the machinery under the job',
};

const runHref = (id: string): string => `/runs/${encodeURIComponent(id)}`;

function Cause({
  run,
  failure,
  elsewhere,
  clock,
}: {
  run: Run;
  failure: Failure;
  elsewhere: string | null;
  clock: PageClock;
}) {
  const { cause, path, code, message } = failure;
  const way = [run.goal, ...path];
  return (
    <div class="cause">
      <p class="say" dir="auto">
        <Quoted text={cause?.message ?? message} />
      </p>
      <span class="way">
        {way.map((step, i) => (
          <>
            {i === 0 ? null : (
              <span class="arrow" aria-hidden="true">
                →
              </span>
            )}
            <bdi class={i === way.length - 1 && i > 0 ? 'last' : undefined}>{visible(step)}</bdi>
          </>
        ))}
      </span>
      <div class="facts">
        <span class="code">{visible(cause?.code ?? code)}</span>
        {cause === null ? null : (
          <>
            <span>{CLASSES[cause.class] ?? cause.class}</span>
            <span>
              {cause.attempt === null ? '' : `attempt ${cause.attempt}, `}
              <WhenExactly at={cause.at} clock={clock} />
            </span>
          </>
        )}
        {/* What the server said of an attempt is among its errors in the server's own words. */}
        {elsewhere === null ? null : <a href={elsewhere}>the run in which it happened</a>}
        {/* Without a cause, errors whose kind nobody knows may have ended it. */}
        {cause === null && run.errors.fatal > 0 ? null : (
          <a
            href={
              cause !== null && cause.attempt === null && cause.code === 'engine_failed'
                ? `/runs?fingerprint=${cause.fingerprint}`
                : `/errors/${troubleOfRun(run)}?window=30d`
            }
          >
            what else it hurt
          </a>
        )}
      </div>
      {failure.thrown === undefined ? null : (
        <p class="facts">
          <span>
            thrown at <code>{visible(failure.thrown.at)}</code>
          </span>
        </p>
      )}
    </div>
  );
}

const Waits = ({ run, clock }: { run: Run; clock: PageClock }) => (
  <>
    {run.struggling.slice(0, 3).map((one) => (
      <div class="cause struggles">
        <p class="say" dir="auto">
          <Quoted text={one.message} />
        </p>
        <div class="facts">
          <span class="code">{visible(one.code)}</span>
          <span>
            <bdi class="mono">{visible(one.step)}</bdi> failed {one.attempts} times since{' '}
            <WhenExactly at={one.since} clock={clock} />
          </span>
          {one.nextAttemptAt === null ? null : (
            <span>
              next attempt <WhenExactly at={one.nextAttemptAt} clock={clock} />
            </span>
          )}
        </div>
      </div>
    ))}
  </>
);

const WHYS: Record<Run['why']['kind'], string> = {
  ...{ request: 'asked for', goal: 'needed by', engine: 'started in Temporal', resume: 'resumed' },
  ...{
    schedule: 'schedule',
    backfill: 'backfill',
    event: 'event',
    outcome: 'after',
    standing: 'about to go stale',
  },
};

function Side({ run, goal, clock }: { run: Run; goal: GoalDetails | null; clock: PageClock }) {
  const { why } = run;
  const end = run.closedAt === null ? clock.now : Date.parse(run.closedAt);
  const ref = (why.kind === 'request' ? why.by : (why.ref ?? why.by)) ?? '';
  const isRun = why.kind === 'goal' || why.kind === 'outcome';
  return (
    <div class="side">
      <dl class="pairs">
        <dt>began</dt>
        <dd>
          <WhenExactly at={run.startedAt} clock={clock} />
        </dd>
        <dt>{run.closedAt === null ? 'runs for' : 'took'}</dt>
        <dd>
          {duration(end - Date.parse(run.startedAt))}
          {run.usualMs === null ? '' : <span class="faint"> usually {duration(run.usualMs)}</span>}
        </dd>
        {run.deadline === null || run.closedAt !== null ? null : (
          <>
            <dt>deadline</dt>
            <dd>
              <WhenExactly at={run.deadline} clock={clock} />
            </dd>
          </>
        )}
        {run.earliestEnd === undefined || run.deadline === null ? null : (
          <>
            <dt>reached</dt>
            <dd class="struggling">
              at the earliest <WhenExactly at={run.earliestEnd} clock={clock} />,{' '}
              {duration(Date.parse(run.earliestEnd) - Date.parse(run.deadline))} too late
            </dd>
          </>
        )}
        <dt>why</dt>
        <dd>
          {WHYS[why.kind]}
          {ref === '' ? null : why.kind === 'request' ? ' by ' : ' '}
          {isRun && why.ref !== null ? (
            <a href={runHref(why.ref)}>
              <Quoted text={why.ref} limit={80} />
            </a>
          ) : (
            <Quoted text={ref} limit={80} />
          )}
          {why.reason === null ? null : (
            <>
              : <Quoted text={why.reason} limit={200} />
            </>
          )}
        </dd>
        <dt>owner</dt>
        <dd>
          <Quoted text={run.owner ?? 'unknown'} limit={80} />
        </dd>
        <dt>healed</dt>
        <dd class="healed">{healedOf(run) === 0 ? 'no error' : count(healedOf(run), 'error')}</dd>
        {run.errors.pending === 0 ? null : (
          <>
            <dt>retried</dt>
            <dd>{count(run.errors.pending, 'error')}</dd>
          </>
        )}
        {run.accepted ? (
          <>
            <dt>accepted</dt>
            <dd>
              by <Quoted text={run.accepted.by} limit={80} />
            </dd>
          </>
        ) : null}
        {goal === null ? null : (
          <>
            <dt>in {goal.record.window}</dt>
            <dd>
              {goal.record.achieved} reached, {goal.record.failed} not
            </dd>
          </>
        )}
      </dl>
    </div>
  );
}

export function Verdict({
  run,
  goal,
  elsewhere = null,
  clock,
  acts,
}: {
  run: Run;
  goal: GoalDetails | null;
  /** Where the run is in which the cause lies, when that is another. */
  elsewhere?: string | null;
  clock: PageClock;
  /** What the reader can do about it. */
  acts: Child;
}) {
  const state = stateOfRun(run);
  return (
    <article class={`verdict ${toneOf(state.mark)}`} aria-labelledby="v">
      <div>
        <p>
          <State {...state} />
        </p>
        <h1 id="v" dir="auto">
          <Quoted text={goal?.outcome ?? run.goal} limit={300} />
        </h1>
        {run.failure === null ? null : (
          <Cause run={run} failure={run.failure} elsewhere={elsewhere} clock={clock} />
        )}
        {run.stuck === undefined ? null : (
          <div class="cause struggles">
            <p class="say" dir="auto">
              <Quoted text={run.stuck.message} />
            </p>
            <p class="facts">
              <span class="code">{run.stuck.code}</span>
              <Quoted text={run.stuck.mend} />
            </p>
          </div>
        )}
        {run.noWorker === undefined ? null : (
          <p class="banner">
            <span>
              No worker serves the queue <bdi class="mono">{visible(run.noWorker.queue)}</bdi>. The run goes
              on as soon as one is up.
            </span>
          </p>
        )}
        {run.closedAt === null ? <Waits run={run} clock={clock} /> : null}
        {acts}
      </div>
      <Side run={run} goal={goal} clock={clock} />
    </article>
  );
}
