import type { StartProblem } from '../../process/start-problem.ts';
import type { TemporalSettings } from '../../process/temporal-settings.ts';
import { problemOfAnswer, whyUnreachable } from '../../process/why-unreachable.ts';
import type { Temporal } from './temporal.ts';

/**
 * What about the settings keeps Temporal from being had; null when it is had, or is merely away. The gateway serves all the
 * same: it says to whoever asks that Temporal is away, and goes on when that was mended at the server.
 */
export async function troubleWith(
  temporal: Temporal,
  settings: TemporalSettings,
): Promise<StartProblem | null> {
  const { namespace } = settings;
  try {
    await temporal.call((service) => service.describeNamespace({ namespace }));
    return null;
  } catch (error) {
    return problemOfAnswer(error, settings) ?? (await whyUnreachable(settings));
  }
}
