// The code of the plans' jobs: the same for the simulator and for a worker.

import { permanent } from '../../../goals/index.ts';
import type { Fake, FakeContext } from '../../../testing/index.ts';
import { act, brisk, drop, rarely } from './goals.ts';

/** What an attempt does by its script; `cancel` asks for the run to be cancelled. */
const acting =
  (cancel: (run: string) => void) =>
  async ({ script }: { script: string[] }, context: FakeContext): Promise<number> => {
    const { attempt, signal, run } = context;
    const what = script[Math.min(attempt, script.length) - 1] ?? 'ok';
    const [verb, code = 'E'] = what.split(':');
    switch (verb) {
      case 'ok':
        return attempt;
      case 'fail':
        throw Object.assign(new Error(`it failed with ${code}`), { code });
      case 'permanent':
        throw permanent(`it is refused: ${code}`, { code, details: { code } });
      case 'bug':
        return (undefined as unknown as { n: number }).n;
      case 'misfit':
        return 'no number' as unknown as number;
      case 'cancel':
        cancel(run);
        return untilEnded(signal);
      default:
        return untilEnded(signal);
    }
  };

const untilEnded = (signal: AbortSignal): Promise<never> =>
  new Promise((_resolve, reject) => {
    const end = (): void => reject(new Error('it was told to end'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end);
  });

export const codeOf = (cancel: (run: string) => void): Fake[] => [
  { job: act, run: acting(cancel) },
  { job: brisk, run: acting(cancel) },
  { job: rarely, run: acting(cancel) },
  { job: drop, run: () => null },
];
