/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The form by which a person decides or answers: on its run, and as a page of its own.

import { problems } from '../../../goals/wire/problem-codes.ts';
import type { Run, Step } from '../../../goals/wire/run-view.ts';
import { Asked, Deciding } from '../asked.tsx';
import { asked, pathWith, RefusedAnswer } from '../asking.ts';
import type { PageReader } from '../reader.ts';
import { visible } from '../text.tsx';
import type { PageClock } from '../times.ts';
import type { Action, ActionRow } from './action.ts';
import { ActionForm } from './form.tsx';
import { runCrumbs, runPath } from './run-places.ts';
import { schemaFields } from './schema-fields.ts';

export const decidePath = (run: Pick<Run, 'id'>, { path }: Pick<Step, 'path'>): string =>
  `${runPath(run.id)}/approvals/${encodeURIComponent(path)}`;

export const isOpenQuestion = ({ asked: what, closedAt }: Step): boolean =>
  what !== undefined && closedAt === null;

/** Why somebody who approves for the team may not decide this; null where they may. */
export async function whyNot({ asked: what }: Step, reader: PageReader): Promise<string | null> {
  if (what === undefined) return null;
  if (!(await reader.goesBy(what.by))) return `It is to be decided by ${what.by.join(', ')}.`;
  const isOwn = reader.name !== null && (what.notBy ?? []).includes(reader.name);
  return isOwn ? 'Somebody else decides this: you asked for the run, or gave results to it.' : null;
}

export function decideAction(run: Run, step: Step, mayNot: string | null): Action {
  const isQuestion = step.kind === 'ask';
  const schema = isQuestion ? (step.asked?.schema ?? null) : null;
  return {
    sentence: `${isQuestion ? 'Answer' : 'Decide'} ${step.name}`,
    screen: '/runs',
    crumbs: runCrumbs(run, step.name),
    ...{ role: 'approver', team: run.team, reason: 'taken', isKeyed: true, done: 'decided' },
    reasonHint: 'needed to reject; kept in the record either way',
    ...(mayNot === null ? {} : { mayNot }),
    lead: 'The run itself answers whether it counts, within 12 seconds. A rejection needs a reason.',
    above: (
      <div class="asks">
        <Asked step={step} />
      </div>
    ),
    fields: [
      { at: ['execution'], words: 'Execution', kind: 'hidden', value: run.execution },
      ...(schema === null ? [] : schemaFields(schema, ['data'], 'Answer')),
    ],
    buttons: [
      { words: isQuestion ? 'Answer' : 'Approve', sets: ['decision', 'approve'] },
      { words: 'Reject', sets: ['decision', 'reject'], isDangerous: true },
    ],
    // A rejection takes no answer.
    finish: ({ data, ...body }) =>
      data === undefined || body.decision === 'reject' ? body : { ...body, data },
    to: decidePath(run, step),
    after: () => runPath(run.id),
  };
}

export const decideRow: ActionRow = {
  path: /^\/runs\/([^/]+)\/approvals\/([^/]+)$/,
  query: ['execution'],
  async open([id, name], { ask, reader, query: { execution } }) {
    const run = await asked<Run>(ask, pathWith(runPath(id), { execution }));
    const asking = run.steps.filter((step) => step.asked !== undefined);
    const step = asking.find(({ path }) => path === name) ?? asking.findLast((one) => one.name === name);
    if (step === undefined) throw notAsked(run, name);
    return decideAction(run, step, await whyNot(step, reader));
  },
};

function notAsked(run: Run, name: string): RefusedAnswer {
  const { status, title } = problems.approval_unknown;
  const detail = `The run ${run.id} asks nobody for ${name.slice(0, 100)}.`;
  return new RefusedAnswer({
    status,
    code: 'approval_unknown',
    title,
    detail,
    errors: [],
    near: [],
    headers: new Headers(),
  });
}

/** What a run asks, with the form that decides it; or who decides. */
export function Question({
  run,
  step,
  mayNot,
  reader,
  clock,
}: {
  run: Run;
  step: Step;
  mayNot: string | null;
  reader: PageReader;
  clock: PageClock;
}) {
  const isTheirs = reader.may('approver', run.team);
  return (
    <div class="asks">
      <Asked step={step} />
      <Deciding step={step} clock={clock} />
      {isTheirs && mayNot === null ? (
        <ActionForm
          action={decideAction(run, step, null)}
          path={decidePath(run, step)}
          reader={reader}
          id={`f-${step.path}`}
        />
      ) : (
        <p class="hint">{visible(isTheirs ? (mayNot ?? '') : 'Approvers of the team decide it.')}</p>
      )}
    </div>
  );
}
