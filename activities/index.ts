// `goalkeeper/worker`: the code behind a team's jobs, and the worker that runs it.

export type { MetricsPortOptions } from '../process/metrics-port.ts';
export type { TemporalAccess } from '../process/temporal-settings.ts';
export type { AlertOptions } from './alerts/sinks.ts';
export type { AnyRunner, Binding, JobContext, Runner } from './bind.ts';
export { bind } from './bind.ts';
export { type Build, type BuildManifest, readBuild } from './build.ts';
export { bundleGoals, codeDigest } from './bundle.ts';
export type { RecordsOptions } from './records/record-sink.ts';
export { type CommandOptions, command } from './runners/command.ts';
export { type ContainerOptions, container } from './runners/container.ts';
export { type HttpOptions, http, type Secret, secret } from './runners/http.ts';
export { type IsolationOptions, isolated } from './runners/isolated.ts';
export type { Slots } from './slots.ts';
export { loadTeam, type Team } from './team.ts';
export type { Versioning } from './versioning/versioning-from.ts';
export { type Plugin, type RunningWorker, startWorker, type WorkerOptions } from './worker.ts';
