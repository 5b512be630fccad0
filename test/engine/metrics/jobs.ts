import { bind, type JobContext } from 'goalkeeper/worker';
import { jobs as acting } from '../jobs.ts';
import { pieceOf, pooledPiece, tick } from './goals.ts';

const used = acting.filter(({ job }) => ['act', 'act-slowly'].includes(job.name));

/** Tells the run that it is told. */
function doPiece({ fails }: { fails: number }, { attempt, run }: JobContext): { run: string } {
  if (attempt <= fails) throw new Error('not yet');
  return { run };
}

export const jobs = [
  ...used,
  bind(pieceOf, doPiece),
  bind(pooledPiece, doPiece),
  bind(tick, ({ fails }, { attempt }) => {
    if (attempt <= fails) throw new Error('not yet');
    return { attempt };
  }),
];
