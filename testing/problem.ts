/** Why a simulation has no run to show. */
export type SimulationCode =
  /** A job is run that `jobs` has no fake for. */
  | 'job_unbound'
  /** A goal of another module is needed that `goals` says nothing of. */
  | 'goal_unbound'
  /** `pursue` waits for what never comes. */
  | 'stuck'
  /** A second walk through the same results took other steps. */
  | 'nondeterministic'
  /** The run goes on and on. */
  | 'endless'
  /** A decision, or another part of what `simulate` was given, does not fit. */
  | 'options_invalid';

/**
 * What `simulate` rejects with when the test, and not the goal, is to be mended. Its message says what, where and how.
 *
 * @example
 * await expect(simulate(goal, { input, jobs: [] })).rejects.toMatchObject({ code: 'job_unbound' });
 */
export class SimulationProblem extends Error {
  override readonly name = 'SimulationProblem';
  readonly code: SimulationCode;

  constructor(code: SimulationCode, message: string) {
    super(message);
    this.code = code;
  }
}
