// A module with state of its own, which sets up zod for itself.

import { goal } from 'goalkeeper';
import { z } from 'zod';

z.config(z.locales.de());

const Input = z.object({ key: z.string() }).meta({ id: 'sandbox-input' });

let pursued = 0;
const keys: string[] = [];

/** What it finds of other runs. */
export const secluded = goal({
  name: 'sandbox-secluded',
  outcome: 'It has seen nothing of the others',
  team: 'tests',
  owner: 'tests',
  input: Input,
  output: z.object({ pursued: z.int(), keys: z.array(z.string()), id: z.string(), told: z.string() }),
  key: ['key'],
  criteria: { pursued: ({ pursued }) => pursued > 0 },
  jobs: [],
  async pursue({ key }) {
    pursued++;
    keys.push(key);
    const told = z.int().safeParse('x').error?.issues[0]?.message ?? '';
    return { pursued, keys, id: Input.meta()?.id ?? '', told };
  },
});

/** Waits until it is cancelled, and where it waits has a name. */
export const patient = goal({
  name: 'sandbox-patient',
  outcome: 'It has waited',
  team: 'tests',
  owner: 'tests',
  input: Input,
  output: z.object({}),
  key: ['key'],
  criteria: { waited: () => true },
  jobs: [],
  async pursue() {
    await waitsForEver();
    return {};
  },
});

async function waitsForEver(): Promise<void> {
  await new Promise(() => undefined);
}

export default [secluded, patient];
