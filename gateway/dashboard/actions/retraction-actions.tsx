/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The forms by which an outcome is said to be wrong, and what stands on it is pursued once more: each shows first what that means.

import type { Child } from 'hono/jsx';
import type {
  RecoveryPlan,
  RecoveryView,
  RetractionDetails,
  RetractionPlan,
  RetractionView,
} from '../../../goals/wire/answers.ts';
import type { Run } from '../../../goals/wire/run-view.ts';
import { asked, sent } from '../asking.ts';
import { keptBy } from '../retraction-pages.tsx';
import { count, visible } from '../text.tsx';
import type { Action, ActionRow } from './action.ts';
import { PlanRows, RecoveryPlanShown } from './recovery-actions.tsx';
import { runCrumbs, runPath } from './run-places.ts';

const DoubtsShown = ({ plan }: { plan: RetractionPlan }): Child => (
  <section class="shown" aria-labelledby="plan" tabindex={-1} data-focus>
    <h2 id="plan">
      What would be in doubt{' '}
      <span class="n">{`${count(plan.total, 'run')}${plan.truncated ? ' or more' : ''}`}</span>
    </h2>
    <PlanRows
      rows={plan.items.map(({ run, through, path }) => (
        <li>
          <span class="do">{through}</span>
          <a href={runPath(run)}>
            <bdi class="mono">{visible(run)}</bdi>
          </a>
          <span class="faint">{visible(path.join(' → '))}</span>
        </li>
      ))}
    />
    <p class="note">{keptBy(plan.sinks)}</p>
  </section>
);

export const retractRow: ActionRow = {
  path: /^\/runs\/([^/]+)\/retract$/,
  async open([id], { ask }): Promise<Action> {
    const to = `${runPath(id)}/retract`;
    const run = await asked<Run>(ask, runPath(id));
    return {
      sentence: `Retract ${run.id}`,
      screen: '/runs',
      crumbs: runCrumbs(run, 'Retract'),
      ...{ role: 'operator', team: run.team, reason: 'needed', done: 'retracted', to },
      lead: 'The run stays as it was, and is marked as retracted. Everything that used it is in doubt, and its owners are told.',
      fields: [{ at: ['execution'], words: 'Execution', kind: 'hidden', value: run.execution }],
      buttons: [{ words: 'Retract the run', isDangerous: true }],
      trial: {
        words: 'Show what would be in doubt',
        isFirst: true,
        show: async (body, send) => (
          <DoubtsShown
            plan={await sent<RetractionPlan>(send, to, { reason: 'a look', ...body, dryRun: true })}
          />
        ),
      },
      after: (answer) => `/retractions/${encodeURIComponent((answer as RetractionView).id)}`,
    };
  },
};

export const recoverRetractionRow: ActionRow = {
  path: /^\/retractions\/([^/]+)\/recoveries$/,
  async open([id], { ask }): Promise<Action> {
    const at = `/retractions/${encodeURIComponent(id)}`;
    const to = `${at}/recoveries`;
    const retraction = await asked<RetractionDetails>(ask, at);
    return {
      sentence: `Pursue once more what stands on ${retraction.run}`,
      screen: '/errors',
      crumbs: [
        { words: 'Retractions', href: '/retractions' },
        { words: retraction.run, href: at },
        { words: 'Recover' },
      ],
      ...{ role: 'operator', team: retraction.team, reason: 'taken', isKeyed: true, done: 'recovered', to },
      lead: 'What was retracted is pursued from scratch, and then what used it, each after what it needs. What a run did before it used what is in doubt is kept.',
      fields: [{ at: ['atOnce'], words: 'Runs at once', kind: 'number', hint: 'default: 4', isRare: true }],
      buttons: [{ words: 'Pursue them once more' }],
      trial: {
        words: 'Show the plan',
        isFirst: true,
        show: async (body, send) => (
          <RecoveryPlanShown plan={await sent<RecoveryPlan>(send, to, { ...body, dryRun: true })} />
        ),
      },
      after: (answer) => `/recoveries/${encodeURIComponent((answer as RecoveryView).id)}`,
    };
  },
};
