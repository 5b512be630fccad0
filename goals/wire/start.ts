// What crosses between a workflow that wants a run and the activity `gk-start-run`, which starts or joins it.

import { z } from 'zod';
import type { Priority } from './priority.ts';
import type { Why } from './run-view.ts';

/** Type of the failure of a request for a run of a goal that is paused. */
export const GOAL_PAUSED = 'goal_paused';
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
  /** Pursue again what is achieved; `why` says who wants that, and why. */
  force?: boolean;
  /** Instead of the goal's own. */
  priority?: Priority;
  /** The goal's code could make no input: the run fails with this, and its input says so. */
  fault?: RunFault;
  /** No input could be made, and so no run is started: refused with this. A replay need not know of it. */
  unmade?: { code: string; message: string };
}

/** What is wrong with a run before it begins, by a code of ours. */
export const runFaultSchema = z.object({ code: z.string(), message: z.string() });
export type RunFault = z.infer<typeof runFaultSchema>;

export interface StartedRun {
  id: string;
  execution: string;
  /** Whether it was begun by this request, was under way, or had been achieved before. */
  how: 'started' | 'joined' | 'achieved';
}
