import { existsSync } from 'node:fs';
import { permanent } from 'goalkeeper';
import { bind, type JobContext } from 'goalkeeper/worker';
import { item, look, sum } from './goals.ts';

/** What each run's jobs began, in order: told by no engine. */
export const begun = new Map<string, string[]>();

function begin({ run }: JobContext, what: string, script = 'ok'): void {
  const of = begun.get(run) ?? [];
  begun.set(run, of);
  of.push(what);
  const [kind, file = ''] = script.split(/:(.*)/);
  if (kind === 'later' && !existsSync(file)) throw permanent('it is not there yet', { code: 'not_yet' });
}

export const jobs = [
  bind(item, ({ n, script }, context) => {
    begin(context, `item ${n}`, script);
    return { n };
  }),
  bind(sum, ({ of, script }, context) => {
    begin(context, `sum ${of}`, script);
    return { of };
  }),
  bind(look, ({ there }, context) => {
    begin(context, 'look');
    return existsSync(there) ? { done: 0, lost: 0 } : null;
  }),
];
