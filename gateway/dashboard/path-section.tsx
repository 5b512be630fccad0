/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The path on the page of its run: all of it in few rows, or a page of the steps that the address asks for.

import type { Run } from '../../goals/wire/run-view.ts';
import { runPath } from './actions/run-places.ts';
import { pathWith } from './asking.ts';
import { Path } from './path.tsx';
import { MOST_ROWS, partsOf, type StepsAsked, stepsOnPage } from './path-groups.ts';
import type { LinkTo } from './path-row.tsx';
import type { PathRow } from './path-rows.ts';
import { count, visible } from './text.tsx';
import type { PageClock } from './times.ts';

export interface PathToShow {
  run: Run;
  rows: readonly PathRow[];
  never: readonly string[];
  /** The steps that are asked for; null for all of the path. */
  asked: StepsAsked | null;
  isFixed: boolean;
}

export function PathSection({ told, clock }: { told: PathToShow; clock: PageClock }) {
  const { run, rows, never, asked, isFixed } = told;
  const executions = new Map(rows.map(({ step }) => [step.run, step.execution]));
  const linkTo: LinkTo = (of, query, under) =>
    pathWith(under === undefined ? runPath(of) : `${runPath(of)}/${under}`, {
      execution: of !== run.id ? executions.get(of) : isFixed ? run.execution : undefined,
      ...query,
    });
  if (asked !== null) return <Steps told={told} asked={asked} linkTo={linkTo} clock={clock} />;
  return (
    <section aria-labelledby="path">
      <h2 id="path">
        The path <span class="n">{count(rows.length, 'step')}</span>
      </h2>
      {rows.length > MOST_ROWS ? <Choices rows={rows} asked={null} run={run} linkTo={linkTo} /> : null}
      {rows.length + never.length === 0 ? (
        <p class="hint">No step has begun.</p>
      ) : (
        <Path {...{ run, rows, never, linkTo, clock }} parts={partsOf(rows)} isWhole />
      )}
    </section>
  );
}

function Steps({
  told,
  asked,
  linkTo,
  clock,
}: {
  told: PathToShow;
  asked: StepsAsked;
  linkTo: LinkTo;
  clock: PageClock;
}) {
  const { run, rows } = told;
  const { job, only, from } = asked;
  const { rows: shown, total } = stepsOnPage(rows, asked);
  const at = (place: number): string =>
    `${linkTo(run.id, { job, only, from: String(Math.max(1, place)) })}#path`;
  // What is opened of a step leaves the reader on this page of them.
  const here: LinkTo = (of, query, under) =>
    linkTo(
      of,
      of === run.id && under === undefined ? { job, only, from: String(from), ...query } : query,
      under,
    );
  const which = [only, job === undefined ? '' : visible(job)].filter(Boolean).join(' ');
  return (
    <section aria-labelledby="path">
      <h2 id="path">
        {which === '' ? 'Steps' : `Steps: ${which}`}{' '}
        <span class="n">
          {shown.length === 0
            ? `none of ${total}`
            : `${from} to ${from + shown.length - 1} of ${total}, as they began`}
        </span>
      </h2>
      <Choices rows={rows} asked={asked} run={run} linkTo={linkTo} />
      {shown.length === 0 ? (
        <p class="hint">There is no such step here.</p>
      ) : (
        <Path
          {...{ run, linkTo: here, clock }}
          rows={shown}
          parts={shown.map((row) => ({ row }))}
          never={[]}
          isWhole={false}
        />
      )}
      <p class="foot">
        {from > 1 ? (
          <a class="b" href={at(from - MOST_ROWS)}>
            Earlier steps
          </a>
        ) : null}
        {from + shown.length <= total ? (
          <a class="b" href={at(from + MOST_ROWS)}>
            Later steps
          </a>
        ) : null}
      </p>
    </section>
  );
}

/** Which steps are shown, each choice with how many there are. */
function Choices({
  rows,
  asked,
  run,
  linkTo,
}: {
  rows: readonly PathRow[];
  asked: StepsAsked | null;
  run: Run;
  linkTo: LinkTo;
}) {
  const own = rows.filter(({ depth }) => depth === 0);
  const failed = own.filter(({ step }) => step.state === 'failed').length;
  const open = own.filter(({ step }) => step.closedAt === null).length;
  const choices = [
    { words: 'the whole path', query: {}, isOn: asked === null },
    {
      words: `each of ${own.length}`,
      query: { from: '1' },
      isOn: asked !== null && asked.only === undefined && asked.job === undefined,
    },
    ...(failed === 0
      ? []
      : [{ words: `${failed} failed`, query: { only: 'failed' }, isOn: asked?.only === 'failed' }]),
    ...(open === 0
      ? []
      : [{ words: `${open} under way`, query: { only: 'open' }, isOn: asked?.only === 'open' }]),
  ];
  return (
    <nav class="facts choices" aria-label="Which steps">
      {choices.map(({ words, query, isOn }) => (
        <a href={`${linkTo(run.id, query)}#path`} aria-current={isOn ? 'true' : undefined}>
          {words}
        </a>
      ))}
    </nav>
  );
}
