import type { Alerts } from './alerts.ts';
import type { Runs } from './runs.ts';

/** Stories that say, of a failed run, who has closed it as accepted: no history tells it. */
export const withAccepted =
  (story: Runs['story'], alerts: Alerts): Runs['story'] =>
  async (described) => {
    const told = await story(described);
    if (told.run.outcome !== 'failed') return told;
    const mark = (await alerts.kept()).accepted[told.run.execution] ?? null;
    return { ...told, run: { ...told.run, accepted: mark } };
  };
