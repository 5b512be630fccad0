/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The form by which the runs that one trouble ended are resumed, its plan first; and the forms that steer a recovery.

import type { Child } from 'hono/jsx';
import type { RecoveryPlan, RecoveryView } from '../../../goals/wire/answers.ts';
import { RECOVERY_TRIAL } from '../../../goals/wire/recovery.ts';
import { asked, sent } from '../asking.ts';
import { count, visible } from '../text.tsx';
import type { Action, ActionRow } from './action.ts';
import { runPath } from './run-places.ts';

/** More of them are folded away. */
const FIRST_ROWS = 50;

const wordsOf = ({ kept, again, repeats }: RecoveryPlan['items'][number]): string =>
  kept === null ? 'its history cannot be read' : `${kept} kept, ${again} run again, ${repeats} repeated`;

/** The rows of a plan, one by one: all of them, the first in sight. */
export const PlanRows = ({ rows }: { rows: readonly Child[] }): Child => (
  <>
    <ul class="plan">{rows.slice(0, FIRST_ROWS)}</ul>
    {rows.length <= FIRST_ROWS ? null : (
      <details id="others">
        <summary>{`The other ${rows.length - FIRST_ROWS}`}</summary>
        <ul class="plan">{rows.slice(FIRST_ROWS)}</ul>
      </details>
    )}
  </>
);

/** What a recovery would do, run by run. */
export const RecoveryPlanShown = ({ plan }: { plan: RecoveryPlan }): Child => (
  <section class="shown" aria-labelledby="plan" tabindex={-1} data-focus>
    <h2 id="plan">
      What happens{' '}
      <span class="n">
        {`${count(plan.total, 'run')}: ${plan.kept} steps kept, ${plan.again} run again, ${plan.repeats} repeated`}
      </span>
    </h2>
    <PlanRows
      rows={plan.items.map((one) => (
        <li>
          <span class={one.how === 'resume' ? 'do' : 'do struggling'}>
            {one.how === 'resume' ? 'resumes' : 'repeats'}
          </span>
          <a href={runPath(one.run)}>
            <bdi class="mono">{visible(one.run)}</bdi>
          </a>
          <span class="faint">
            {wordsOf(one)}
            {one.codeChanged === true ? ', by code that has changed since' : ''}
            {one.after.length === 0 ? '' : `, after ${visible(one.after.join(', '))}`}
          </span>
        </li>
      ))}
    />
    <p class="note">
      {plan.codeChanged === 0 ? '' : `The code of ${count(plan.codeChanged, 'run')} has changed since. `}
      {plan.achieved.total === 0 ? '' : `${count(plan.achieved.total, 'run')} achieved since: left alone. `}
      {plan.open.total === 0 ? '' : `${count(plan.open.total, 'run')} under way again: left alone. `}
      {plan.left === 0
        ? ''
        : `${count(plan.left, 'run')} more than one recovery takes: ask once more after it. `}
      What is repeated had begun: what it did to the world is done again.
    </p>
  </section>
);

export const recoverTroubleRow: ActionRow = {
  path: /^\/errors\/([0-9a-f]{16})\/recoveries$/,
  query: ['window', 'goal', 'team'],
  async open([fingerprint], { query: { window, goal, team } }): Promise<Action> {
    const to = `/errors/${encodeURIComponent(fingerprint)}/recoveries`;
    const given = [
      ['window', 'Window', window ?? '24h'],
      ['goal', 'Goal', goal],
      ['team', 'Team', team],
    ] as const;
    return {
      sentence: `Resume what ${fingerprint} ended`,
      screen: '/errors',
      crumbs: [{ words: 'Errors', href: '/errors' }, { words: fingerprint }, { words: 'Resume' }],
      ...{ role: 'operator', reason: 'taken', isKeyed: true, done: 'recovered', to },
      lead: 'The runs that this trouble ended go on, a few first as a trial. Where the trouble is still there, it stops by itself.',
      fields: [
        ...given.flatMap(([name, words, value]) =>
          value === undefined ? [] : [{ at: [name], words, kind: 'text' as const, value }],
        ),
        {
          ...{ at: ['trial'], words: 'Runs of the trial', kind: 'number', isRare: true },
          hint: `pursued to their end before the others begin; default: ${RECOVERY_TRIAL}`,
        },
        { at: ['atOnce'], words: 'Runs at once', kind: 'number', hint: 'default: 4', isRare: true },
      ],
      buttons: [{ words: 'Resume them' }],
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

const STEERING = {
  pause: ['Pause', 'It begins no more runs until the pause ends. Those that are open go on.', 'paused'],
  unpause: ['Unpause', 'It goes on with its runs.', 'unpaused'],
  cancel: ['Cancel', 'It begins no more runs. Those that are open go on.', 'cancelled'],
} as const;

export const steerRecoveryRow: ActionRow = {
  path: /^\/recoveries\/([^/]+)\/(pause|unpause|cancel)$/,
  async open([id, given], { ask }) {
    const verb = given as keyof typeof STEERING;
    const [words, lead, done] = STEERING[verb];
    const at = `/recoveries/${encodeURIComponent(id)}`;
    const recovery = await asked<RecoveryView>(ask, at);
    return {
      sentence: `${words} the recovery ${recovery.id}`,
      screen: '/errors',
      crumbs: [{ words: 'Recoveries', href: '/recoveries' }, { words: recovery.id, href: at }, { words }],
      ...{ role: 'operator', team: recovery.team, reason: 'taken', done, lead, fields: [] },
      buttons: [{ words: `${words} the recovery`, isDangerous: verb === 'cancel' }],
      to: `${at}/${verb}`,
      after: () => at,
    };
  },
};
