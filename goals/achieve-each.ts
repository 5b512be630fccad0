// What becomes of the inputs of `achieveEach`: how many are pursued at once, which were lost, and what that makes of the whole.

import { isTolerated, shownInput } from './map-call.ts';
import type { AchieveEachOptions, LostItem } from './pursuit.ts';
import { StepFailed } from './step-failed.ts';
import type { Failure } from './wire/failure.ts';
import { LOST_ITEMS_SHOWN, type MapNote } from './wire/map.ts';

/** Needed runs at once, where nothing says. */
const AT_ONCE = 20;

interface Lost extends LostItem {
  failure: Failure;
}

/** How all have ended: in the order of the inputs. `tooMany` is the first loss that was one too many; then not all were begun. */
export interface EachEnded {
  outputs: unknown[];
  lost: Lost[];
  tooMany: Lost | null;
}

/**
 * Pursues each input, some at once. A `StepFailed` of one is a loss. After one too many those under way are not waited for, as they
 * are runs of their own.
 * @throws whatever else `pursue` throws.
 */
export async function pursueEach(
  inputs: readonly unknown[],
  { atOnce = AT_ONCE, tolerate }: AchieveEachOptions,
  pursue: (i: number) => Promise<unknown>,
): Promise<EachEnded> {
  const outputs: unknown[] = [];
  const lost: Lost[] = [];
  let tooMany: Lost | null = null;
  let next = 0;
  let stop = (): void => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const lose = (index: number, failure: Failure): void => {
    const { code, message } = failure;
    const one = { index, input: shownInput(inputs[index]), code, message, failure };
    lost.push(one);
    const codes = lost.map((other) => other.code);
    if (isTolerated(codes, inputs.length, tolerate)) return;
    tooMany ??= one;
    stop();
  };
  const lane = async (): Promise<void> => {
    while (next < inputs.length && tooMany === null) {
      const i = next++;
      try {
        outputs[i] = await pursue(i);
      } catch (error) {
        if (!(error instanceof StepFailed)) throw error;
        lose(i, error.failure);
      }
    }
  };
  await Promise.race([Promise.all(Array.from({ length: Math.min(atOnce, inputs.length) }, lane)), stopped]);
  return {
    outputs: Array.from(inputs, (_, i) => outputs[i]),
    lost: lost.toSorted((a, b) => a.index - b.index),
    tooMany,
  };
}

/** What the run's history is told of the losses; undefined where there was none. */
export const lossesOf = ({ lost, tooMany }: EachEnded, prefix: string): MapNote['end'] =>
  lost.length === 0
    ? undefined
    : {
        lost: lost.length,
        tolerated: tooMany === null,
        items: lost
          .slice(0, LOST_ITEMS_SHOWN)
          .map(({ index, code, message }) => ({ path: `${prefix}#${index + 1}`, code, message })),
      };

/** What `achieveEach` resolves with. */
export function eachResult({ outputs, lost, tooMany }: EachEnded, { tolerate }: AchieveEachOptions): unknown {
  if (tooMany !== null) throw new StepFailed(tooMany.failure);
  if (tolerate === undefined) return outputs;
  return { results: outputs, lost: lost.map(({ failure: _, ...rest }) => rest) };
}
