/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The form by which a goal is pursued, made of the schema of its input; and what its key would do.

import type { Child } from 'hono/jsx';
import type { GoalDetails } from '../../../goals/wire/answers.ts';
import { runId, runKey } from '../../../goals/wire/run-id.ts';
import type { Run } from '../../../goals/wire/run-view.ts';
import { misfits } from '../../http/check-input.ts';
import { type Ask, asked, askedIfAny } from '../asking.ts';
import { Json, Quoted, visible } from '../text.tsx';
import type { Action, ActionRow } from './action.ts';
import type { FormField } from './form-fields.ts';
import { goalCrumbs, goalPath, runPath } from './run-places.ts';
import { schemaFields } from './schema-fields.ts';

export const startPath = (goal: string): string => `${goalPath(goal)}/runs/new`;

const isKeyPart = (goal: GoalDetails, { at }: FormField): boolean =>
  goal.key.some((path) => path.replace(/^secret:/, '').split('.')[0] === at[1]);

export const startRow: ActionRow = {
  path: /^\/goals\/([^/]+)\/runs\/new$/,
  query: ['as'],
  async open([name], { ask, query }): Promise<Action> {
    const goal = await asked<GoalDetails>(ask, goalPath(name));
    const isJson = query.as === 'json';
    const fields = isJson
      ? [{ at: ['input'], words: 'Input', kind: 'json' as const, isRequired: true }]
      : schemaFields(goal.input, ['input'], 'Input').map((field) =>
          isKeyPart(goal, field)
            ? { ...field, hint: [field.hint, 'part of the key'].filter(Boolean).join(', ') }
            : field,
        );
    return {
      sentence: `Pursue ${goal.goal}`,
      screen: '/goals',
      crumbs: goalCrumbs(goal.goal, 'Pursue'),
      ...{ role: 'operator', team: goal.team, reason: 'taken', isKeyed: true, done: 'started' },
      lead: (
        <>
          <Quoted text={goal.outcome} limit={300} />.{' '}
          <a href={`${startPath(goal.goal)}${isJson ? '' : '?as=json'}`}>
            {isJson ? 'Write it field by field' : 'Write the input as JSON'}
          </a>
          .
          {goal.paused === null ? null : (
            <span class="struggling"> The goal is paused: nothing starts until that is over.</span>
          )}
        </>
      ),
      fields: [...fields, { at: ['force'], words: 'Also where it is reached already', kind: 'flag' }],
      buttons: [{ words: 'Pursue' }],
      trial: {
        words: 'What would happen?',
        show: async ({ input, force }) => (
          <KeyWould {...(await keyOf(ask, goal, input))} isForced={force === true} />
        ),
      },
      // All of its fields may be left out.
      finish: (body) => ({ ...body, input: body.input ?? {} }),
      within: { input_invalid: 'input' },
      to: `${goalPath(goal.goal)}/runs`,
      after: (run) => runPath((run as Run).id),
    };
  },
};

interface KeyTold {
  id: string;
  run: Run | null;
  wrong: readonly { path: string; message: string }[];
  input: unknown;
}

async function keyOf(ask: Ask, goal: GoalDetails, given: unknown): Promise<KeyTold> {
  const id = runId(goal.goal, runKey(given, goal.key).id);
  const wrong = misfits(goal.goal, goal.input, given).slice(0, 10);
  return { id, wrong, input: given, run: wrong.length > 0 ? null : await askedIfAny<Run>(ask, runPath(id)) };
}

function KeyWould({ id, run, wrong, input, isForced }: KeyTold & { isForced: boolean }): Child {
  return (
    <div class="shown" id="would" tabindex={-1} data-focus>
      {wrong.length > 0 ? (
        <>
          <p class="wrong">It would be refused:</p>
          <ul>
            {wrong.map(({ path, message }) => (
              <li>
                <bdi class="mono">{visible(path)}</bdi> <Quoted text={message} limit={300} />
              </li>
            ))}
          </ul>
        </>
      ) : (
        <p>
          The run is <bdi class="mono">{visible(id)}</bdi>.{' '}
          {run === null ? (
            'There is none yet: it starts.'
          ) : (
            <a href={runPath(run.id)}>{would(run, isForced)}</a>
          )}
        </p>
      )}
      <Json value={input} />
    </div>
  );
}

function would(run: Run, isForced: boolean): string {
  if (run.closedAt === null) return 'It is under way: you would join it.';
  if (run.outcome !== 'achieved') return 'It was not reached: it would be pursued once more.';
  return isForced
    ? 'It is reached already, and would be pursued once more.'
    : 'It is reached already: nothing would start.';
}
