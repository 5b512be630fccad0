export { jobs } from '../metrics/jobs.ts';
