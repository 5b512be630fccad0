/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// What can be done with a goal beside pursuing it: pause, mute, backfill; and the buttons that lead there.

import type { GoalDetails } from '../../../goals/wire/answers.ts';
import { asked } from '../asking.ts';
import type { PageReader } from '../reader.ts';
import { Quoted } from '../text.tsx';
import type { Action, ActionRow } from './action.ts';
import type { FormField } from './form-fields.ts';
import { goalCrumbs, goalPath } from './run-places.ts';
import { startPath } from './start-action.tsx';

interface GoalAct extends Pick<Action, 'done' | 'lead' | 'reason'> {
  words: string;
  button: string;
  fields?: readonly FormField[];
}

const row = (verb: string, { words, button, fields = [], ...act }: GoalAct): ActionRow => ({
  path: new RegExp(`^/goals/([^/]+)/${verb}$`),
  async open([name], { ask }) {
    const goal = await asked<GoalDetails>(ask, goalPath(name));
    return {
      ...act,
      sentence: `${words} ${goal.goal}`,
      screen: '/goals',
      crumbs: goalCrumbs(goal.goal, words),
      ...{ role: 'operator', team: goal.team, fields, buttons: [{ words: button }] },
      to: `${goalPath(goal.goal)}/${verb}`,
      after: () => goalPath(goal.goal),
    };
  },
});

export const pauseRow = row('pause', {
  ...{ words: 'Pause', button: 'Pause the goal', reason: 'taken', done: 'paused' },
  lead: 'Nothing starts a run of it until the pause ends: no schedule, no event, no person, no other goal.',
  fields: [{ at: ['hold'], words: 'Runs that are under way begin no new step', kind: 'flag' }],
});

export const unpauseRow = row('unpause', {
  ...{ words: 'Unpause', button: 'End the pause', reason: 'taken', done: 'unpaused' },
  lead: 'Its runs start again, as they are asked for and as its times come.',
});

export const muteRow = row('mute', {
  ...{ words: 'Mute', button: 'Mute the goal', reason: 'taken', done: 'muted' },
  lead: 'Nobody is alerted about it for that long. Its runs go on as ever.',
  fields: [
    {
      ...{ at: ['for'], words: 'For how long', kind: 'text', isRequired: true, value: '8h' },
      hint: 'such as 30m, 8h or 2d',
    },
  ],
});

export const unmuteRow = row('unmute', {
  ...{ words: 'Unmute', button: 'Alert again', reason: 'taken', done: 'unmuted' },
  lead: 'Alerts about it are sent again.',
});

/** What the reader may do with the goal, as buttons that lead to its forms; or who may. */
export function GoalActs({ goal, reader }: { goal: GoalDetails; reader: PageReader }) {
  if (goal.retired === true) return null;
  if (!reader.may('operator', goal.team))
    return (
      <p class="hint">
        Operators of the team <Quoted text={goal.team} limit={60} /> may pursue it.
      </p>
    );
  const at = goalPath(goal.goal);
  return (
    <div class="acts" id="acts">
      <a class="b main" href={startPath(goal.goal)}>
        Pursue…
      </a>
      <a class="b" href={`/backfills/new?goal=${encodeURIComponent(goal.goal)}`}>
        Backfill…
      </a>
      <a class="b" href={`${at}/${goal.paused === null ? 'pause' : 'unpause'}`}>
        {goal.paused === null ? 'Pause…' : 'Unpause…'}
      </a>
      <a class="b plain" href={`${at}/mute`}>
        Mute…
      </a>
    </div>
  );
}
