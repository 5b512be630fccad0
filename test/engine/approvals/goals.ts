// Goals that ask people. What comes after the decision passes a gate, which a test opens and closes.

import { goal, StepFailed } from 'goalkeeper';
import { z } from 'zod';
import { pass, passTwice } from '../persistence/latch-jobs/goals.ts';

const Input = z.object({
  key: z.string(),
  show: z.unknown().optional(),
  expires: z.object({ after: z.number(), consequence: z.enum(['reject', 'approve']) }).optional(),
  gate: z.string().optional(),
});
const Output = z.object({ by: z.string().nullable(), reason: z.string().nullable() });

const shared = {
  owner: 'tests',
  team: 'people',
  key: ['key'],
  input: Input,
  output: Output,
  criteria: { decided: () => true },
};

export const signed = goal({
  ...shared,
  name: 'people-signed',
  outcome: 'Somebody has signed it off, and the gate was passed',
  jobs: [passTwice],
  async pursue({ show, expires, gate }, { approve, run }) {
    const { by, reason } = await approve('sign-off', {
      by: ['finance', 'ada'],
      show,
      ...(expires === undefined ? {} : { expires }),
    });
    if (gate !== undefined) await run(passTwice, { gate });
    return { by, reason };
  },
});

export const hurried = goal({
  ...shared,
  name: 'people-hurried',
  outcome: 'Somebody has signed it off at once',
  deadline: '1s',
  async pursue({ show }, { approve }) {
    return approve('sign-off', { show });
  },
});

/** A rejection is no failure of it. */
export const coped = goal({
  ...shared,
  name: 'people-coped',
  outcome: 'It was signed off or not',
  async pursue(_, { approve }) {
    try {
      return await approve('sign-off');
    } catch (error) {
      if (!(error instanceof StepFailed)) throw error;
      return { by: null, reason: `${error.failure.kind}/${error.code}` };
    }
  },
});

export const signedTwice = goal({
  ...shared,
  name: 'people-signed-twice',
  outcome: 'It was signed off twice',
  async pursue(_, { approve }) {
    const { by } = await approve('sign-off');
    return { by, reason: (await approve('sign-off')).by };
  },
});

/** Needs what somebody signs off. */
export const relying = goal({
  ...shared,
  name: 'people-relying',
  outcome: 'What it needs is signed off',
  needs: [signed],
  async pursue(input, { achieve }) {
    return achieve(signed, input);
  },
});

/** Waits for a person, while a job may struggle. */
export const besides = goal({
  ...shared,
  name: 'people-besides',
  outcome: 'It was signed off, and the gate was passed',
  jobs: [pass],
  async pursue({ gate = '' }, { approve, run }) {
    const [approval] = await Promise.all([approve('sign-off'), run(pass, { gate })]);
    return approval;
  },
});

/** Asked three things at once; the first answer is enough. */
export const raced = goal({
  ...shared,
  name: 'people-raced',
  outcome: 'One of them has signed it off',
  async pursue(_, { approve }) {
    return Promise.race([approve('by-ada'), approve('by-bob'), approve('by-cleo')]);
  },
});

const Figures = z.object({ rows: z.int().positive(), day: z.iso.date().transform((day) => `${day}!`) });

export const told = goal({
  ...shared,
  name: 'people-told',
  outcome: 'Somebody has said how many rows there are',
  output: z.object({ rows: z.int(), day: z.string() }),
  jobs: [passTwice],
  async pursue({ gate }, { ask, run }) {
    const figures = await ask(
      'figures',
      Figures.refine(({ rows }) => rows % 2 === 0, 'must be even'),
      { show: 'How many rows?' },
    );
    if (gate !== undefined) await run(passTwice, { gate });
    return figures;
  },
});

/** Asks in a way that cannot be. */
export const clumsy = goal({
  ...shared,
  name: 'people-clumsy',
  outcome: 'Never',
  async pursue({ show }, { approve }) {
    return approve(show as string);
  },
});

/** Asks more at once than the engine can carry. */
export const greedy = goal({
  ...shared,
  name: 'people-greedy',
  outcome: 'Never',
  async pursue(_, { approve }) {
    const show = 'x'.repeat(7000);
    const asked = Array.from({ length: 100 }, (_, n) => approve(`sign-off-${n}`, { show }));
    return (await Promise.all(asked))[0] as { by: string | null; reason: string | null };
  },
});

export default [greedy, signed, hurried, coped, signedTwice, relying, besides, raced, told, clumsy];
