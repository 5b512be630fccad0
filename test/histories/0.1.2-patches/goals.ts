// The goals whose histories are recorded beside. Frozen: what is recorded is replayed with them.

import { goal, job, schedule } from 'goalkeeper';
import { z } from 'zod';

const Script = z.object({ script: z.array(z.string()).default([]) });
const Done = z.object({ attempt: z.int() });
const retry = { attempts: 4, delay: '20ms', backoff: 1, jitter: 0 } as const;

export const act = job({ name: 'act', input: Script, output: Done, timeout: '5s', retry });
export const note = job({ name: 'note', input: Script, output: Done, timeout: '5s', retry, quick: true });
/** For a map of many: as little as an item can be. */
export const mark = job({ name: 'mark', input: z.int(), output: z.int(), timeout: '5s', retry, quick: true });
/** Another worker's. */
export const actElsewhere = job({
  name: 'act-elsewhere',
  input: Script,
  output: z.object({ attempt: z.int(), rows: z.number().optional() }),
  queue: 'test-recorded-elsewhere',
  timeout: '5s',
  retry,
});

const shared = { owner: 'tests', team: 'tests', key: ['key'], criteria: { done: () => true } };
const Key = z.object({ key: z.string() });

/** Ends at once: what a run that needs it, or a backfill, starts. */
export const quick = goal({
  ...shared,
  name: 'quick',
  outcome: 'It is done',
  input: Key,
  output: Done,
  jobs: [act],
  pursue: (_, { run }) => run(act, {}),
});

/** Its times are those of a zone that changes its clock. */
export const shifted = goal({
  ...shared,
  name: 'shifted',
  outcome: 'It is done in the night',
  input: Key,
  output: Done,
  jobs: [act],
  on: [schedule('30 2 * * *', { timezone: 'Europe/Berlin', input: (at) => ({ key: at.toISOString() }) })],
  pursue: (_, { run }) => run(act, {}),
});

/** Needed by one that is pursued longer than it is. */
export const slow = goal({
  ...shared,
  name: 'slow',
  outcome: 'It takes long',
  input: Key,
  output: Done,
  jobs: [act],
  pursue: async (_, { run, sleep }) => {
    await sleep('1h');
    return run(act, {});
  },
});

export const bent = goal({
  ...shared,
  name: 'bent',
  outcome: 'It ends as its input says',
  input: Key.extend({ script: z.array(z.string()).default([]), id: z.number().optional() }),
  output: z.unknown(),
  jobs: [act, actElsewhere, note, mark],
  needs: [slow],
  async pursue({ key, script }, { run, map, achieve, ask }) {
    await run(act, {});
    switch (key) {
      case 'uncarried':
        return { rows: Number.NaN };
      case 'unawaited':
        void run(act, { script: ['wait:300'] });
        break;
      case 'unanswerable':
        await ask('when', z.object({ at: z.date() }));
        break;
      case 'needs':
        await achieve(slow, { key: 'needed' });
        break;
      case 'large':
        return 'x'.repeat(230 * 1024);
      case 'many':
        return (
          await map(
            Array.from({ length: 20_001 }, () => 0),
            mark,
          )
        ).length;
      case 'recovers': {
        const items = Array.from({ length: 27 }, (_, i) => ({ script: i < 12 ? ['wait:250'] : ['ok'] }));
        return (await map(items, note, { atOnce: 1 })).length;
      }
      case 'plain':
        break;
      default:
        return run(actElsewhere, { script });
    }
    return run(act, {});
  },
});

export default [quick, shifted, slow, bent];
