export { jobs } from '../retracted/jobs.ts';
