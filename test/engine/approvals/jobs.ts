import { jobs as gates } from '../gates/jobs.ts';

export const jobs = gates.filter(({ job }) => ['pass', 'pass-twice'].includes(job.name));
