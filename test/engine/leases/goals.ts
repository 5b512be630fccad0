// Goals that create something real, a process of its own, and have it torn down: see jobs.ts.

import { goal, job, pool } from 'goalkeeper';
import { z } from 'zod';

const Thing = z.object({ folder: z.string(), name: z.string() });

export const create = job({ name: 'create-thing', input: Thing, output: z.object({ pid: z.int() }) });

export const destroy = job({
  name: 'destroy-thing',
  input: Thing,
  output: z.object({}),
  retry: { attempts: 2, delay: '20ms' },
});

/** A teardown that would have to wait for its turn. */
export const destroyInTurn = job({
  name: 'destroy-in-turn',
  input: Thing,
  output: z.object({}),
  pool: pool({ name: 'test-destroyers', atOnce: 1 }),
});

export const destroyPatiently = job({
  name: 'destroy-patiently',
  input: Thing,
  output: z.object({}),
  retry: { attempts: 10_000, delay: '100ms', backoff: 1 },
});

/** `ok`; `fail`; `wait`: until the file `<name>.<label>` is there. */
export const work = job({
  name: 'work',
  input: Thing.extend({ label: z.string(), what: z.enum(['ok', 'fail', 'wait']) }),
  output: z.object({ label: z.string() }),
  timeout: '2m',
  heartbeat: '2s',
});

const shared = {
  owner: 'tests',
  team: 'leases',
  input: z.object({
    key: z.string(),
    folder: z.string(),
    what: z.enum(['ok', 'fail', 'wait']),
    ttl: z.enum(['1s', '1h']).optional(),
  }),
  output: z.object({ done: z.boolean() }),
  key: ['key'],
  jobs: [create, destroy, destroyPatiently, work],
  criteria: { done: ({ done }: { done: boolean }) => done },
};

export const leased = goal({
  ...shared,
  name: 'leased',
  outcome: 'Work was done with a thing that is gone afterwards',
  async pursue({ key: name, folder, what, ttl }, { run, cleanup }) {
    const thing = { folder, name };
    await run(work, { ...thing, label: 'before', what: 'ok' });
    await cleanup(destroy, thing, { undoes: [create], ...(ttl === undefined ? {} : { ttl }) });
    await run(create, thing);
    await run(work, { ...thing, label: 'during', what: 'ok' });
    await run(work, { ...thing, label: 'last', what });
    return { done: true };
  },
});

export const leasedInTime = goal({
  ...shared,
  name: 'leased-in-time',
  outcome: 'The same, within seconds',
  deadline: '3s',
  async pursue({ key: name, folder, what }, { run, cleanup }) {
    const thing = { folder, name };
    await cleanup(destroyPatiently, thing);
    await run(create, thing);
    await run(work, { ...thing, label: 'last', what });
    return { done: true };
  },
});

/** Says not what the teardown undoes, and releases the thing before it does the rest. */
export const released = goal({
  ...shared,
  name: 'leased-and-released',
  outcome: 'The same, with a thing that is gone early',
  async pursue({ key: name, folder, what }, { run, cleanup }) {
    const thing = { folder, name };
    const [lease, same] = await Promise.all([cleanup(destroy, thing), cleanup(destroy, thing)]);
    if (lease.id !== same.id) throw new Error('one resource has two leases');
    await run(create, thing);
    await run(work, { ...thing, label: 'during', what: 'ok' });
    await lease.release();
    await lease.release();
    await run(work, { ...thing, label: 'after', what: 'ok' });
    await run(work, { ...thing, label: 'last', what });
    return { done: true };
  },
});

/** Creates the same thing again and again, each once the one before is gone. */
export const again = goal({
  ...shared,
  name: 'leased-again',
  outcome: 'A thing was created three times, and never twice at once',
  async pursue({ key: name, folder }, { run, cleanup }) {
    const thing = { folder, name };
    for (let i = 0; i < 3; i++) {
      const lease = await cleanup(destroy, thing, { name: 'the thing' });
      await run(create, thing);
      await lease.release();
    }
    return { done: true };
  },
});

/** Asks for what cannot be had. */
export const wrong = goal({
  ...shared,
  name: 'leased-wrongly',
  outcome: 'Nothing is created without a lease',
  jobs: [create, destroy, destroyInTurn],
  input: z.object({
    key: z.string(),
    folder: z.string(),
    how: z.enum(['input', 'undeclared', 'in turn', 'ttl', 'many']),
  }),
  async pursue({ key: name, folder, how }, { run, cleanup }) {
    const thing = { folder, name };
    if (how === 'input') await cleanup(destroy, { folder } as typeof thing);
    if (how === 'undeclared') await cleanup(destroyPatiently as unknown as typeof destroy, thing);
    if (how === 'in turn') await cleanup(destroyInTurn, thing);
    if (how === 'ttl') await cleanup(destroy, thing, { ttl: 'soon' as '1s' });
    if (how === 'many')
      await Promise.all(
        Array.from({ length: 201 }, (_, i) => cleanup(destroy, { folder, name: `${name}-${i}` })),
      );
    await run(create, thing);
    return { done: true };
  },
});

/** Never creates what it has torn down. */
export const nothingCreated = goal({
  ...shared,
  name: 'leased-nothing',
  outcome: 'Nothing was created, and it is torn down all the same',
  async pursue({ key: name, folder }, { cleanup }) {
    await cleanup(destroy, { folder, name });
    return { done: true };
  },
});

export default [leased, leasedInTime, released, again, wrong, nothingCreated];
