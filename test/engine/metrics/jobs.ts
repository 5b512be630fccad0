import { bind } from '../../../activities/bind.ts';
import { jobs as acting } from '../jobs.ts';
import { tick } from './goals.ts';

const used = acting.filter(({ job }) => ['act', 'act-slowly'].includes(job.name));

export const jobs = [
  ...used,
  bind(tick, ({ fails }, { attempt }) => {
    if (attempt <= fails) throw new Error('not yet');
    return { attempt };
  }),
];
