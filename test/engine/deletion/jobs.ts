import { permanent } from 'goalkeeper';
import { bind } from 'goalkeeper/worker';
import { gather } from './goals.ts';

export const jobs = [
  bind(gather, async ({ canary, fails }, { log, artifact }) => {
    artifact.markdown('looked for', canary);
    if (fails) log.warn(`looks for ${canary}`);
    if (fails) throw permanent(`nobody knows ${canary}`, { code: 'unknown_person' });
    return { text: canary.padEnd(300_000, '.') };
  }),
];
