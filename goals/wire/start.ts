// What crosses between a workflow that wants a run and the activity `gk-start-run`, which starts or joins it.

import type { Why } from './run-view.ts';

export interface AskedRun {
  goal: string;
  input: unknown;
  why: Why;
}

export interface StartedRun {
  id: string;
  execution: string;
  /** Whether it was begun by this request, was under way, or had been achieved before. */
  how: 'started' | 'joined' | 'achieved';
}
