// A light goal whose outcome shall hold at all times, and one whose keys somebody waits for.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const Note = z.object({ key: z.string() });

export const standingNote = job({
  name: 'light-standing-note',
  quick: true,
  input: Note,
  output: z.object({}),
  timeout: '30s',
  retry: { attempts: 1 },
});

const shared = {
  ...{ owner: 'keepers', team: 'keepers', key: ['key'], input: Note, output: z.object({}) },
  ...{ jobs: [standingNote], light: { hosts: 1 }, criteria: { 'it is noted': () => true } },
} as const;

export const lightHeld = goal({
  ...shared,
  name: 'light-held',
  outcome: 'It is no older than ten seconds',
  standing: { fresh: '10s', lead: '5s', input: { key: 'eu' } },
  async pursue(input, { run }) {
    await run(standingNote, input);
    return {};
  },
});

export const lightAwaited = goal({
  ...shared,
  name: 'light-awaited',
  outcome: 'It is noted for its key',
  async pursue(input, { run }) {
    await run(standingNote, input);
    return {};
  },
});

export default [lightHeld, lightAwaited];
