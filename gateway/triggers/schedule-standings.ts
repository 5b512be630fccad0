// Since when Temporal has a schedule, and since when it is paused.

import { ScheduleNotFoundError } from '@temporalio/client';
import type { ScheduleStandings } from '../catalogue/scheduled-keys.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { readNote } from './schedule-note.ts';

export const scheduleStandings =
  ({ call, client }: Temporal): ScheduleStandings =>
  async (id) => {
    try {
      const { info, state } = await call(() => client.schedule.getHandle(id).describe());
      const { steered } = readNote(state.note);
      const pausedAt = state.paused && steered !== undefined ? Date.parse(steered.at) : null;
      return { createdAt: info.createdAt.getTime(), pausedAt };
    } catch (error) {
      if (error instanceof ScheduleNotFoundError) return null;
      throw error;
    }
  };
