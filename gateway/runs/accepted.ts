import type { RunStory } from '../../views/run-view.ts';
import type { Alerts } from '../alerts.ts';

/** Stories that say, of a failed run, who has closed it as accepted: no history tells it. */
export const withAccepted =
  <Of extends unknown[]>(story: (...of: Of) => Promise<RunStory>, alerts: Alerts) =>
  async (...of: Of): Promise<RunStory> => {
    const told = await story(...of);
    if (told.run.outcome !== 'failed') return told;
    const mark = (await alerts.kept()).accepted[told.run.execution] ?? null;
    return { ...told, run: { ...told.run, accepted: mark } };
  };
