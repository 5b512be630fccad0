// A goal whose one job is a program in Python, which does what it is asked to.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

export const actInPython = job({
  name: 'act-in-python',
  // What each attempt does, from the first; the last for all that follow.
  input: z.object({ acts: z.array(z.string()), file: z.string() }),
  output: z.object({ attempt: z.int(), key: z.string(), from: z.unknown() }),
  timeout: '30s',
  heartbeat: '2s',
  retry: { attempts: 6, delay: '50ms', backoff: 1 },
  secrets: ['PROGRAM_TOKEN'],
});

export const byProgram = goal({
  name: 'by-program',
  outcome: 'The program did it',
  owner: 'tests',
  team: 'tests',
  key: ['key'],
  input: z.object({
    key: z.string(),
    acts: z.array(z.string()),
    file: z.string(),
    timeout: z.number().optional(),
  }),
  output: z.object({ attempt: z.int(), key: z.string(), from: z.unknown() }),
  criteria: { 'it said which attempt': ({ attempt }) => attempt > 0 },
  jobs: [actInPython],
  pursue: ({ acts, file, timeout }, { run }) =>
    run(actInPython, { acts, file }, timeout === undefined ? {} : { timeout }),
});

export default [byProgram];
