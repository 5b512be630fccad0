/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The form by which somebody acts on all runs of a filter, its plan first; and the form that stops such an act.

import type { Child } from 'hono/jsx';
import type { BulkActPlan, BulkActView } from '../../../goals/wire/answers.ts';
import { type BulkActKind, bulkActs } from '../../../goals/wire/bulk-act.ts';
import { failureKinds } from '../../../goals/wire/failure.ts';
import { runMarks } from '../../../goals/wire/retraction.ts';
import { outcomes, whyKinds } from '../../../goals/wire/run-view.ts';
import { asked, pathWith, sent } from '../asking.ts';
import { count, Quoted } from '../text.tsx';
import type { Action, ActionRow } from './action.ts';
import type { FormField } from './form-fields.ts';
import { runPath } from './run-places.ts';

const MOST_ROWS = 50;

const LEADS: Record<BulkActKind, string> = {
  cancel: 'All open runs of the filter end as cancelled, once their steps have heard of it.',
  resume: 'All failed runs of the filter go on from where they failed, and keep all results.',
  accept: 'All failed runs of the filter are accepted as they are. Nobody is alerted of them again.',
  tag: 'All runs of the filter, open and closed, get tags or lose them.',
};

const isAct = (given: string | undefined): given is BulkActKind => bulkActs.some((act) => act === given);

const CHOICES: Readonly<Record<string, readonly unknown[]>> = {
  outcome: outcomes,
  state: ['delayed', 'pursuing', 'waiting', 'struggling', 'stuck', 'closed'],
  kind: failureKinds,
  ...{ why: whyKinds, mark: runMarks },
  ...{ late: [true, false], accepted: [true, false] },
};

const FIELDS: readonly [name: string, words: string, hint?: string][] = [
  ['goal', 'Goal'],
  ['state', 'State'],
  ['outcome', 'Outcome'],
  ['since', 'Since', 'started then or later, such as 24h'],
  ['until', 'Until', 'started before then'],
  ['tag', 'Tag'],
  ['code', 'Code', 'of the failure'],
  ['kind', 'Kind of failure'],
  ['fingerprint', 'Fingerprint'],
  ['why', 'Triggered by'],
  ['mark', 'Mark'],
  ['key', 'Key'],
  ['keyFrom', 'First key'],
  ['keyTo', 'Last key'],
  ['keyPrefix', 'Keys begin with'],
  ['id', 'IDs begin with'],
  ['team', 'Team'],
  ['owner', 'Owner'],
  ['late', 'Late'],
  ['accepted', 'Accepted'],
];
/** Those that are in sight though nothing is asked for by them. */
const SEEN = ['goal', 'since'];

const filterFields = (query: Readonly<Record<string, string | undefined>>): FormField[] =>
  FIELDS.map(([name, words, hint]) => ({
    ...{ at: ['filter', name], words, hint, value: query[name] },
    ...(CHOICES[name] === undefined
      ? { kind: 'text' as const }
      : { kind: 'choice' as const, choices: CHOICES[name] }),
    isRare: query[name] === undefined && !SEEN.includes(name),
  }));

const tagFields: FormField[] = [
  { at: ['add'], words: 'Tags that they get', kind: 'text', hint: 'with commas, such as incident-42' },
  { at: ['remove'], words: 'Tags that they lose', kind: 'text', hint: 'with commas' },
];

const tagsIn = (text: unknown): string[] =>
  String(text)
    .split(',')
    .map((tag) => tag.trim())
    .filter(Boolean);

/** Lists of tags, and an empty filter, which the API says what is wrong with. */
function finished({ filter = {}, add, remove, ...body }: Record<string, unknown>): Record<string, unknown> {
  return {
    ...{ ...body, filter },
    ...(add === undefined ? {} : { add: tagsIn(add) }),
    ...(remove === undefined ? {} : { remove: tagsIn(remove) }),
  };
}

export const startBulkActRow: ActionRow = {
  path: /^\/bulk-acts\/new$/,
  query: ['act', ...FIELDS.map(([name]) => name)],
  async open(_, { query: { act: given, ...query } }): Promise<Action> {
    const act = isAct(given) ? given : 'tag';
    const words = `${act.charAt(0).toUpperCase()}${act.slice(1)} the runs`;
    return {
      sentence: `${words} of a filter`,
      screen: '/runs',
      crumbs: [
        { words: 'Runs', href: pathWith('/runs', query) },
        { words: 'Bulk acts', href: '/bulk-acts' },
        { words: words },
      ],
      ...{ role: 'operator', isKeyed: true, done: 'acting' },
      reason: act === 'accept' ? 'needed' : 'taken',
      lead: LEADS[act],
      above: (
        <nav class="tabs wraps" aria-label="Which act">
          {bulkActs.map((other) => (
            <a
              href={pathWith('/bulk-acts/new', { ...query, act: other })}
              aria-current={other === act ? 'page' : undefined}
            >
              {other.charAt(0).toUpperCase()}
              {other.slice(1)}
            </a>
          ))}
        </nav>
      ),
      fields: [
        { at: ['act'], words: 'Act', kind: 'hidden', value: act },
        ...(act === 'tag' ? tagFields : []),
        ...filterFields(query),
        { at: ['atOnce'], words: 'Runs at once', kind: 'number', hint: 'default: 4', isRare: true },
      ],
      buttons: [{ words, isDangerous: act === 'cancel' }],
      trial: {
        words: 'Show the plan',
        isFirst: true,
        show: async (body, send) => (
          <Plan plan={await sent<BulkActPlan>(send, '/bulk-acts', { ...body, dryRun: true })} />
        ),
      },
      to: '/bulk-acts',
      finish: finished,
      after: (answer) => `/bulk-acts/${encodeURIComponent((answer as BulkActView).id)}`,
    };
  },
};

const Plan = ({ plan: { total, items } }: { plan: BulkActPlan }): Child => (
  <section class="shown" aria-labelledby="plan" tabindex={-1} data-focus>
    <h2 id="plan">
      On which runs <span class="n">{count(total, 'run')}</span>
    </h2>
    <ul class="plan">
      {items.slice(0, MOST_ROWS).map(({ run }) => (
        <li>
          <a href={runPath(run)}>
            <Quoted text={run} limit={120} />
          </a>
        </li>
      ))}
    </ul>
    {total > MOST_ROWS ? <p class="note">The first {MOST_ROWS} are listed.</p> : null}
    {total === 0 ? <p class="note">There is no run of the filter on which it could act.</p> : null}
  </section>
);

export const stopBulkActRow: ActionRow = {
  path: /^\/bulk-acts\/([^/]+)\/cancel$/,
  async open([id], { ask }) {
    const at = `/bulk-acts/${encodeURIComponent(id)}`;
    const { team, done, total } = await asked<BulkActView>(ask, at);
    return {
      sentence: 'Stop the act on many runs',
      screen: '/runs',
      crumbs: [
        { words: 'Bulk acts', href: '/bulk-acts' },
        { words: id, href: at },
      ],
      ...{ role: 'operator', team, reason: 'taken', done: 'stopped', fields: [] },
      lead: `It acts on no more runs. What it began is done: ${done} of ${total} so far.`,
      buttons: [{ words: 'Stop it', isDangerous: true }],
      to: `${at}/cancel`,
      after: () => at,
    };
  },
};
