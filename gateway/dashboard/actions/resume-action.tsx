/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The form by which a run goes on: first what that keeps, runs again and repeats.

import type { ResumePlan } from '../../../goals/wire/answers.ts';
import type { Run } from '../../../goals/wire/run-view.ts';
import { asked, pathWith, sent } from '../asking.ts';
import { count, Quoted, visible } from '../text.tsx';
import type { Action, ActionRow } from './action.ts';
import { runCrumbs, runPath } from './run-places.ts';

const MOST_ROWS = 100;

interface PlanRow {
  does: string;
  step: string | null;
  name: string;
  words: string;
}

function rowsOf({ kept, unused, supplied, again, repeats }: ResumePlan): PlanRow[] {
  const begun = new Map(repeats.map(({ step, attempts }) => [step, attempts]));
  return [
    ...kept.map(({ step, name, from }) => ({ does: 'keeps', step, name, words: `of ${from.slice(0, 60)}` })),
    ...supplied.map(({ step, name }) => ({ does: 'takes', step, name, words: 'the result that you give' })),
    ...again.map(({ step, name, state }) => ({
      ...{ does: begun.has(step) ? 'repeats' : 'runs', step, name },
      words: begun.has(step) ? `${state}, after ${count(begun.get(step) ?? 0, 'attempt')}` : state,
    })),
    ...unused.map(({ step, name }) => ({ does: 'drops', step, name, words: 'the goal has it no longer' })),
  ];
}

const CODE = {
  changed: 'The code of the goal has changed since.',
  same: 'The code of the goal is the same as before.',
  unknown: 'Whether the code of the goal has changed is not known.',
};

export function Plan({
  plan,
  id = 'plan',
  words = 'What happens',
}: {
  plan: ResumePlan;
  id?: string;
  words?: string;
}) {
  const { changed } = plan.code;
  const rows = rowsOf(plan);
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>
        {words}{' '}
        {rows.length === 0 ? null : (
          <span class="n">
            {`${plan.kept.length} kept, ${plan.again.length} run again, ${plan.repeats.length} repeated`}
          </span>
        )}
      </h2>
      {rows.length === 0 ? <p>It had begun no step: all of it runs for the first time.</p> : null}
      <ul class="plan" hidden={rows.length === 0}>
        {rows.slice(0, MOST_ROWS).map(({ does, step, name, words: said }) => (
          <li>
            <span class={does === 'repeats' || does === 'drops' ? 'do struggling' : 'do'}>{does}</span>
            <bdi class="mono">{visible(step ?? name)}</bdi>
            <span class="faint">
              <Quoted text={said} limit={80} />
            </span>
          </li>
        ))}
        {rows.length > MOST_ROWS ? (
          <li>
            <span class="do" />
            <span>and {rows.length - MOST_ROWS} more</span>
          </li>
        ) : null}
      </ul>
      <p class="note">
        {CODE[changed === null ? 'unknown' : changed ? 'changed' : 'same']}
        {plan.repeats.length === 0
          ? ''
          : ' What is repeated had begun: what it did to the world is done again.'}
        {rows.length === 0 ? '' : ' What follows runs for the first time.'}
      </p>
    </section>
  );
}

const stepsOf = (rows: readonly { step: string | null }[]): string[] =>
  rows.flatMap(({ step }) => step ?? []).slice(0, MOST_ROWS);

/** What the API takes: no result that was not given. */
function finished(body: Record<string, unknown>): Record<string, unknown> {
  const { supply, ...rest } = body;
  const given = (supply as { step?: string }[] | undefined)?.filter(({ step }) => step !== undefined) ?? [];
  return given.length === 0 ? rest : { ...rest, supply: given };
}

export const resumeRow: ActionRow = {
  path: /^\/runs\/([^/]+)\/resume$/,
  query: ['execution', 'reason'],
  async open([id], { ask, query: { execution, reason } }): Promise<Action> {
    const to = `${runPath(id)}/resume`;
    const run = await asked<Run>(ask, runPath(id));
    const plan = await asked<ResumePlan>(ask, pathWith(to, { execution }));
    return {
      sentence: `Resume ${run.id}`,
      screen: '/runs',
      crumbs: runCrumbs(run, 'Resume'),
      ...{ role: 'operator', team: run.team, reason: 'taken', proposed: reason, to, done: 'resumed' },
      lead: 'The run goes on from where it failed, as another execution, and keeps what succeeded.',
      above: <Plan plan={plan} />,
      fields: [
        { at: ['execution'], words: 'Execution', kind: 'hidden', value: plan.execution },
        ...(plan.kept.length === 0
          ? []
          : [
              {
                ...{ at: ['exclude'], words: 'Run again although it succeeded', kind: 'ticks' as const },
                isRare: true,
                choices: stepsOf(plan.kept),
              },
              { at: ['fromScratch'], words: 'Keep no result at all', kind: 'flag' as const, isRare: true },
            ]),
        ...(plan.again.length === 0
          ? []
          : [
              {
                ...{ at: ['supply', 0, 'step'], words: 'Give the result of a step', kind: 'choice' as const },
                isRare: true,
                hint: 'instead of running it',
                choices: stepsOf(plan.again),
              },
              {
                ...{ at: ['supply', 0, 'output'], words: 'The result', kind: 'json' as const },
                isRare: true,
                hint: 'JSON, as the step would return it',
              },
            ]),
      ],
      buttons: [{ words: 'Resume with this plan' }],
      trial: {
        words: 'Show the plan of these choices',
        show: async (body, send) => (
          <div class="shown" tabindex={-1} data-focus>
            <Plan
              plan={await sent<ResumePlan>(send, to, { ...body, dryRun: true })}
              id="plan-of-choices"
              words="What happens with these choices"
            />
          </div>
        ),
      },
      finish: finished,
      after: () => runPath(id),
    };
  },
};
