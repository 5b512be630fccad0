/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The executions of a run as a list: the first, and each resume and repeat, with what came of it.

import type { Child } from 'hono/jsx';
import { parseLightExecution } from '../../goals/wire/light.ts';
import { lightHostId } from '../../goals/wire/names.ts';
import type { RunExecutions, RunRow } from '../../goals/wire/run-row.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { runPath } from './actions/run-places.ts';
import { stateOfRun } from './states.ts';
import { Table } from './table.tsx';
import { count, Quoted, State, WhenExactly } from './text.tsx';
import type { PageClock } from './times.ts';

function howOf({ why }: RunRow): string {
  if (why === null) return 'begun';
  if (why.kind === 'resume') return 'resumed';
  return `${why.forced === true ? 'repeated' : 'begun'} by ${why.kind}`;
}

function rowOf(row: RunRow, run: Run, clock: PageClock): Child[] {
  const { mark, words } = stateOfRun(row);
  const isShown = row.execution === run.execution;
  return [
    <State mark={mark} words={words} />,
    <>
      <a href={`${runPath(run.id)}?execution=${row.execution}`} aria-current={isShown ? 'true' : undefined}>
        {row.execution.slice(0, 8)}
      </a>
      {isShown ? ' (shown here)' : ''}
    </>,
    howOf(row),
    <WhenExactly at={row.startedAt} clock={clock} />,
    row.why?.by == null ? '' : <Quoted text={row.why.by} limit={100} />,
    row.why?.reason == null ? '' : <Quoted text={row.why.reason} limit={300} />,
  ];
}

export function Executions({
  run,
  executions: { items, next },
  clock,
}: {
  run: Run;
  executions: RunExecutions;
  clock: PageClock;
}) {
  const path = runPath(run.id);
  const earlier = run.resumes;
  const light = parseLightExecution(run.execution);
  return (
    <details id="executions">
      <summary>
        Executions{' '}
        <span class="end">
          {count(items.length, 'execution')}
          {next === null ? '' : ', and more'}
        </span>
      </summary>
      <div class="inset">
        {light === null ? null : (
          <p>
            The one shown is a light run: it shared the workflow <code>{lightHostId(run.goal, light.n)}</code>{' '}
            with other runs of the goal. Temporal's own list shows that workflow, and no run by itself.
          </p>
        )}
        {earlier === null ? null : (
          <p>
            The one shown goes on from{' '}
            <a href={`${path}?execution=${earlier.execution}`}>execution {earlier.execution.slice(0, 8)}</a>,
            which was {earlier.outcome}
            {earlier.reason === null ? null : (
              <>
                : <Quoted text={earlier.reason} limit={500} />
              </>
            )}
          </p>
        )}
        <Table
          head={['State', 'Execution', 'How', 'When', 'By', 'Reason']}
          rows={items.map((row) => rowOf(row, run, clock))}
          empty="Temporal lists none yet."
        />
        {next === null ? null : (
          <p class="hint">
            Older ones: <code>{`GET ${path}/executions`}</code>
          </p>
        )}
      </div>
    </details>
  );
}
