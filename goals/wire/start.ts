// What crosses between a workflow that wants a run and the activity `gk-start-run`, which starts or joins it.

import type { LightSeed } from './light.ts';
import type { Priority } from './priority.ts';
import type { RunFault } from './run-fault.ts';
import type { Why } from './run-view.ts';

/** Type of the failure of a request for a run of a goal that is paused. */
export const GOAL_PAUSED = 'goal_paused';
/** Of one whose key has a run with another input. */
export const INPUT_DIFFERS = 'input_differs';
/** Of one that wants a run anew, while somebody else's is under way. */
export const RUN_OPEN = 'run_open';

export interface AskedRun {
  goal: string;
  input: unknown;
  why: Why;
  /**
   * Names the request, for ever: sent again it is answered with the execution that it had got and starts nothing. Such
   * as the source and ID of an event, or a schedule and the time that was meant.
   */
  identity?: string;
  /** Verified people whose run it is, beside whoever `why` tells of: those of the run that needs it. */
  actors?: readonly string[];
  /** Pursue again what is achieved; `why` says who wants that, and why. */
  force?: boolean;
  /** Instead of the goal's own. */
  priority?: Priority;
  /** When a new run is to begin, as ISO 8601. Default: at once. */
  startAt?: string;
  /** The goal's code could make no input: the run fails with this, and its input says so. */
  fault?: RunFault;
  /** Asked by the host of a light goal: an ordinary run, which goes on from the light one where that had begun. */
  host?: { seed: LightSeed | null };
  /** Asked by a run that needs it, as the step of this path: the answer says so, for its history. */
  need?: string;
  /** No input could be made, and so no run is started: refused with this. A replay need not know of it. */
  unmade?: { code: string; message: string };
}

export interface StartedRun {
  id: string;
  execution: string;
  /** Whether it was begun by this request, was under way, or had been achieved before. */
  how: 'started' | 'joined' | 'achieved';
  /** Where it is needed: by which step, with which input (a digest), and with what it was achieved, where that is known at once. */
  need?: { path: string; input: string; achievement?: unknown };
}
