import { job } from 'goalkeeper';
import { z } from 'zod';

const text = z.object({ key: z.string(), text: z.string() });
const declare = <const Name extends string>(name: Name) =>
  job({ name, input: text, output: text, timeout: '10m', retry: { attempts: 1 } });

export const loadA = declare('load-a');
export const loadB = declare('load-b');
export const loadC = declare('load-c');

export const shared = {
  owner: 'ada',
  team: 'preflight',
  input: text,
  output: text,
  key: ['key'],
  criteria: { 'it ran': () => true },
} as const;

export const loadedGoal = {
  ...shared,
  name: 'preflight-loaded',
  outcome: 'Both are loaded',
  jobs: [loadA, loadB, loadC],
} as const;

export const askedGoal = {
  ...shared,
  name: 'preflight-asked',
  outcome: 'Somebody said yes',
  jobs: [loadC],
} as const;
