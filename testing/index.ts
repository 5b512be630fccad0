// What a team's tests have: goals pursued in milliseconds, and the whole engine for the one test that wants it.

export { type Fake, type FakeContext, type FakeLog, fake } from './fake.ts';
export type { SimulatedLease } from './leases.ts';
export type { SimulatedNotice } from './notices.ts';
export type {
  Decides,
  GivenPartition,
  Needed,
  NeededFailure,
  Needs,
  SimulatedDecision,
  SimulatedEvent,
  SimulateOptions,
} from './options.ts';
export { type SimulationCode, SimulationProblem } from './problem.ts';
export { type RealEngine, type RealEngineOptions, realEngine } from './real-engine.ts';
export { type Simulated, simulate } from './simulate.ts';
