/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The attempts of the step that is asked for: when, how long, on which worker, and what each came to.

import type { Child } from 'hono/jsx';
import type { StepAttempt, StepAttempts } from '../../goals/wire/attempts.ts';
import { Table } from './table.tsx';
import { count, Quoted, visible } from './text.tsx';
import { absolute, duration, type PageClock } from './times.ts';

const TONES: Record<StepAttempt['state'], string> = {
  ...{ succeeded: 'achieved', failed: 'healed', cancelled: 'quiet' },
  ...{ running: 'pursuing', waiting: 'quiet' },
};

function wordsOf({ state, error }: StepAttempt): string {
  if (error === null) return state === 'running' ? 'under way' : state;
  if (error.cutOff) return 'cut off';
  return { fatal: 'ended it', pending: 'retried', handled: 'coped with', recovered: 'healed' }[
    error.disposition
  ];
}

/** Where the history does not tell, such as of a worker that retries by itself. */
const UNTOLD = '–';

const timeOf = (iso: string | null, clock: PageClock): string =>
  iso === null ? UNTOLD : absolute(iso, clock.zone).slice(11);

function tookOf({ ms, startedAt, closedAt }: StepAttempt, clock: PageClock): string {
  if (ms !== null) return duration(ms);
  return startedAt !== null && closedAt === null ? duration(clock.now - Date.parse(startedAt)) : UNTOLD;
}

const rowOf = (one: StepAttempt, clock: PageClock): Child[] => [
  <span id={`attempt-${one.attempt}`}>{one.attempt}</span>,
  <span class={one.error?.disposition === 'fatal' ? 'failed' : TONES[one.state]}>{wordsOf(one)}</span>,
  timeOf(one.startedAt, clock),
  timeOf(one.closedAt, clock),
  tookOf(one, clock),
  one.worker === null ? UNTOLD : <Quoted text={one.worker} limit={80} />,
  one.error === null ? (
    ''
  ) : (
    <a class="code" href={`#error-${one.error.id}`}>
      {visible(one.error.code)}
    </a>
  ),
];

export function Attempts({ told, clock }: { told: StepAttempts; clock: PageClock }) {
  const made = told.items.filter(({ state }) => state !== 'waiting').length + told.omitted;
  return (
    <details open id="attempts">
      <summary>
        Attempts of <bdi>{visible(told.step)}</bdi> <span class="end">{count(made, 'attempt')}</span>
      </summary>
      <div class="inset">
        <Table
          head={['Attempt', 'Came to', 'Began', 'Ended', 'Took', 'Worker', 'Error']}
          rows={told.items.map((one) => rowOf(one, clock))}
          empty="It has no attempts of its own."
        />
        {told.omitted === 0 ? null : (
          <p class="hint">{count(told.omitted, 'more attempt')} between them, of which nothing is kept</p>
        )}
      </div>
    </details>
  );
}
