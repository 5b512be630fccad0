// `goalkeeper/config`: the types of a project's configuration and of a team's `main-job.ts`.

export { type Config, defineConfig } from '../../config/define-config.ts';
export type { Decision, MainJob, MainPursuit } from './main-job.ts';
