// Goals whose code another deployment has changed while runs of them were open: each run waits somewhere else.

import { type Duration, goal, job, type Pursuit } from 'goalkeeper';
import { z } from 'zod';

const Gate = z.object({ gate: z.string() });
const Label = z.object({ label: z.string() });

export const act = job({ name: 'act', input: Label, output: Label, timeout: '10s' });
export const count = job({ name: 'count', input: Label, output: Label, timeout: '10s' });

export const refuse = job({ name: 'refuse', input: Label, output: Label, timeout: '10s' });

/** Tried until a gate is up: the server times the attempts. */
export const pass = job({
  name: 'pass',
  input: Gate,
  output: Label,
  timeout: '10s',
  retry: { attempts: 1000, delay: '1100ms', backoff: 1, jitter: 0 },
});

const Input = z.object({ key: z.string(), gate: z.string() });
type Given = z.infer<typeof Input>;

/** Where a run waits when its code changes. */
const waits = {
  async approve(_: Given, { approve }: Pursuit) {
    await approve('go', { show: { what: 'shall it go on?' } });
  },
  async sleep(_: Given, { sleep }: Pursuit) {
    await sleep('20s');
  },
  async retry({ gate }: Given, { run }: Pursuit) {
    await run(pass, { gate });
  },
  async map({ gate }: Given, { map }: Pursuit) {
    await map([{ gate }, { gate }], pass);
  },
} satisfies Record<string, (given: Given, pursuit: Pursuit) => Promise<void>>;

/** It never waits again. */
const loop = async (_: Given, { run }: Pursuit): Promise<void> => {
  await run(act, { label: 'first' });
  for (;;);
};

/** What it has begun fails where nobody looks. */
const stray = async (_: Given, { run, sleep }: Pursuit): Promise<void> => {
  void (async () => {
    await run(refuse, { label: 'no' });
  })();
  await sleep('1h');
};

const goalOf = (
  name: string,
  pursue: (given: Given, pursuit: Pursuit) => Promise<void>,
  deadline: Duration,
) =>
  goal({
    name,
    outcome: 'It went on to its end',
    owner: 'ada',
    team: 'stuck',
    key: ['key'],
    input: Input,
    output: Label,
    deadline,
    expected: '4s',
    jobs: [act, count, pass, refuse],
    criteria: { done: () => true },
    async pursue(given, pursuit) {
      await pursue(given, pursuit);
      return pursuit.run(act, { label: 'last' });
    },
  });

/** One whose code is never changed, and which needs one that cannot go on. */
const needy = (due: ReturnType<typeof goalOf>) =>
  goal({
    ...{ name: 'stuck-needs', outcome: 'It had what it needs', owner: 'ada', team: 'stuck' },
    ...{ key: ['key'], input: Input.extend({ of: z.string() }), output: Label },
    ...{ deadline: '2h', needs: [due], criteria: { done: () => true } },
    pursue: ({ of, gate }, { achieve }) => achieve(due, { key: of, gate }),
  });

/** The goals, with a step before where they wait, or, as they were at first, without. */
export const goalsWith = (isChanged: boolean) => {
  const all = changing(isChanged);
  return [...all, needy(all.find(({ name }) => name === 'stuck-approve-due') as (typeof all)[number])];
};

const changing = (isChanged: boolean) => [
  ...Object.entries(waits).flatMap(([name, wait]) => {
    const pursue = async (given: Given, pursuit: Pursuit): Promise<void> => {
      if (isChanged) await pursuit.run(count, { label: 'added' });
      await wait(given, pursuit);
    };
    return [goalOf(`stuck-${name}`, pursue, '2h'), goalOf(`stuck-${name}-due`, pursue, '25s')];
  }),
  goalOf('stuck-loop', loop, '2h'),
  goalOf('stuck-stray', stray, '2h'),
];
