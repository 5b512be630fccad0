// What a run asks of the goal's earlier runs, to judge a measured value by theirs.

import { z } from 'zod';

export const pastOfCriteriaSchema = z.record(z.string(), z.array(z.number()));

/** How many earlier values are wanted of each criterion, and by which execution, which is none of them. */
export interface PastRequest {
  goal: string;
  execution: string;
  wanted: Readonly<Record<string, number>>;
}
