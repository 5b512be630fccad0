/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The form by which a range of times is made up for, its plan first; and the forms that steer a backfill.

import type { Child } from 'hono/jsx';
import type { BackfillPlan, BackfillView, GoalDetails } from '../../../goals/wire/answers.ts';
import { reprocesses } from '../../../goals/wire/backfill.ts';
import { asked, sent } from '../asking.ts';
import { rangeWords } from '../backfill-page.tsx';
import { count, visible } from '../text.tsx';
import { absolute, type PageClock } from '../times.ts';
import type { Action, ActionRow } from './action.ts';
import type { FormField } from './form-fields.ts';
import { goalPath, runPath } from './run-places.ts';

const MOST_ROWS = 50;
const DAY_MS = 86_400_000;

const midnight = (ms: number): string => `${new Date(ms).toISOString().slice(0, 10)}T00:00:00Z`;

/** By its schedule, or by a step with an input, which the form offers where the goal has no schedule. */
function timesOf({ schedules = [] }: GoalDetails, asked: string | undefined): FormField[] {
  if (schedules.length > 0)
    return [
      {
        ...{ at: ['schedule'], words: 'Schedule', kind: 'choice', isRequired: schedules.length > 1 },
        choices: schedules.map(({ name }) => name),
        value: schedules.length === 1 ? schedules[0]?.name : asked,
      },
    ];
  return [
    {
      ...{ at: ['step'], words: 'Step', kind: 'text', isRequired: true, value: '1d' },
      hint: 'such as 1d, 6h or 15m',
    },
    {
      ...{ at: ['input'], words: 'Input', kind: 'json', isRequired: true },
      hint: 'JSON, in whose texts {date} and {time} stand for the time, in UTC',
    },
  ];
}

export const startBackfillRow: ActionRow = {
  path: /^\/backfills\/new$/,
  query: ['goal', 'schedule', 'from', 'to'],
  async open(_, { ask, query: { goal: name = '', schedule, from, to }, clock }): Promise<Action> {
    const goal = await asked<GoalDetails>(ask, goalPath(name));
    return {
      sentence: `Backfill ${goal.goal}`,
      screen: '/schedules',
      crumbs: [
        { words: 'Backfills', href: '/backfills' },
        { words: goal.goal, href: goalPath(goal.goal) },
      ],
      ...{ role: 'operator', team: goal.team, reason: 'taken', isKeyed: true, done: 'backfilled' },
      lead: 'Runs of the goal for a range of times. What is reached already is left as it is, unless you say so.',
      fields: [
        { at: ['goal'], words: 'Goal', kind: 'hidden', value: goal.goal },
        ...timesOf(goal, schedule),
        {
          ...{ at: ['from'], words: 'From', kind: 'text', isRequired: true },
          ...{ hint: 'first time, included', value: from ?? midnight(clock.now - 7 * DAY_MS) },
        },
        {
          ...{ at: ['to'], words: 'To', kind: 'text', isRequired: true },
          ...{ hint: 'end of the range, excluded', value: to ?? midnight(clock.now) },
        },
        { at: ['atOnce'], words: 'Runs at once', kind: 'number', hint: 'default: 4', isRare: true },
        {
          ...{ at: ['reprocess'], words: 'Which times', kind: 'choice', choices: reprocesses },
          hint: 'default: missing',
          isRare: true,
        },
        {
          ...{ at: ['downstream'], words: 'Goals that listen to it', kind: 'choice' },
          ...{ choices: ['start', 'hold'], hint: 'default: start', isRare: true },
        },
      ],
      buttons: [{ words: 'Start the backfill' }],
      trial: {
        words: 'Show the plan',
        isFirst: true,
        show: async (body, send) => (
          <BackfillPlanShown
            plan={await sent<BackfillPlan>(send, '/backfills', { ...body, dryRun: true })}
            clock={clock}
          />
        ),
      },
      to: '/backfills',
      after: (answer) => `/backfills/${encodeURIComponent((answer as BackfillView).id)}`,
    };
  },
};

const DOES = { run: 'runs', join: 'joins', skip: 'leaves', again: 'repeats' } as const;

export const BackfillPlanShown = ({ plan, clock }: { plan: BackfillPlan; clock: PageClock }): Child => (
  <section class="shown" aria-labelledby="plan" tabindex={-1} data-focus>
    <h2 id="plan">
      What happens <span class="n">{count(plan.total, 'time')}</span>
    </h2>
    <ul class="plan">
      {plan.items.slice(0, MOST_ROWS).map(({ at, run, does }) => (
        <li>
          <span class={does === 'again' ? 'do struggling' : 'do'}>{DOES[does]}</span>
          <a href={runPath(run)}>
            <bdi class="mono">{visible(run)}</bdi>
          </a>
          <span class="faint">{at === null ? '' : absolute(at, clock.zone)}</span>
        </li>
      ))}
    </ul>
    <p class="note">
      {plan.total > MOST_ROWS ? `The first ${MOST_ROWS} are listed. ` : ''}
      {plan.downstream.length === 0
        ? 'No other goal is started by it.'
        : `It starts other goals: ${visible(plan.downstream.map(({ goal, runs }) => `${goal}, up to ${runs} times`).join('; '))}.`}
    </p>
  </section>
);

const STEERING = {
  pause: ['Pause', 'It starts no more runs until the pause ends. Those that are open go on.', 'paused'],
  unpause: ['Unpause', 'It goes on with its times.', 'unpaused'],
  cancel: ['Cancel', 'It starts no more runs. Those that are open go on.', 'cancelled'],
} as const;

export const steerBackfillRow: ActionRow = {
  path: /^\/backfills\/([^/]+)\/(pause|unpause|cancel)$/,
  async open([id, given], { ask }) {
    const verb = given as keyof typeof STEERING;
    const [words, lead, done] = STEERING[verb];
    const at = `/backfills/${encodeURIComponent(id)}`;
    const backfill = await asked<BackfillView>(ask, at);
    return {
      sentence: `${words} the backfill of ${backfill.goal}`,
      screen: '/schedules',
      crumbs: [
        { words: 'Backfills', href: '/backfills' },
        { words: rangeWords(backfill), href: at },
        { words },
      ],
      ...{ role: 'operator', team: backfill.team, reason: 'taken', done, lead, fields: [] },
      buttons: [{ words: `${words} the backfill`, isDangerous: verb === 'cancel' }],
      to: `${at}/${verb}`,
      after: () => at,
    };
  },
};
