// A light goal, and one that listens to it.

import { achieved, goal, job } from 'goalkeeper';
import { z } from 'zod';

/** `fails`: in its first attempt. `ms`: how long it takes. */
const Note = z.object({ key: z.string(), fails: z.boolean().default(false), ms: z.number().default(0) });

export const toldNote = job({
  name: 'told-note',
  quick: true,
  input: Note,
  output: z.object({}),
  timeout: '30s',
  retry: { attempts: 3, delay: '10ms', backoff: 1, jitter: 0 },
});

export const toldOrder = goal({
  name: 'told-order',
  outcome: 'The order is noted',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: Note,
  output: z.object({ noted: z.string() }),
  jobs: [toldNote],
  light: { hosts: 1 },
  criteria: { 'it is that of the order': ({ noted }, { key }) => noted === key },
  pursue: async (input, { run }) => {
    await run(toldNote, input);
    return { noted: input.key };
  },
});

export const toldMail = goal({
  name: 'told-mail',
  outcome: 'Whoever ordered has a mail',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({ key: z.string(), noted: z.string() }),
  output: z.object({ sent: z.literal(true) }),
  criteria: { 'it is sent': ({ sent }) => sent },
  on: [achieved(toldOrder, { input: { key: 'input.key', noted: 'output.noted' } })],
  pursue: async () => ({ sent: true as const }),
});

export default [toldOrder, toldMail];
