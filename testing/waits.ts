// `waitFor` of a simulated run: which events come, and when, the test says.

import { requireMilliseconds } from '../goals/duration.ts';
import {
  type EventTrigger,
  type Pursuit,
  type ReceivedEvent,
  StepFailed,
  type WaitOptions,
} from '../goals/index.ts';
import { listedWait } from '../goals/waits.ts';
import { cloudEventSchema, eventDigest } from '../goals/wire/events.ts';
import { eventStepName, matchedInEvent, matchedInInput, type WaitTerms } from '../goals/wire/waits.ts';
import { endOfWait, shownEvent } from '../views/event-steps.ts';
import { close, newStep } from '../views/step-state.ts';
import { Cancelled } from './scope.ts';
import type { SimulatedSteps } from './steps.ts';
import type { Due } from './virtual-time.ts';

export class SimulatedWaits {
  readonly #steps: SimulatedSteps;
  readonly #input: unknown;
  /** Events that the run has got: each counts once. */
  readonly #taken = new Set<string>();

  constructor(steps: SimulatedSteps, input: unknown) {
    this.#steps = steps;
    this.#input = input;
  }

  readonly waitFor = ((event: EventTrigger, options: WaitOptions = {}) =>
    this.#steps.step(eventStepName(event.type), null, event.type, async (path) => {
      const { goal, failures } = this.#steps.of;
      const terms = listedWait(goal, event);
      const { timeout, consequence = 'fail' } = options;
      const ms = timeout === undefined ? null : Math.max(1, requireMilliseconds(timeout));
      const came = await this.#wait(terms, path, consequence, ms);
      if (came !== null || consequence === 'continue') return came;
      throw new StepFailed(failures.eventFailure(path, event.type, ms ?? 0));
    })) as Pursuit['waitFor'];

  async #wait(
    terms: WaitTerms,
    path: string,
    consequence: 'fail' | 'continue',
    ms: number | null,
  ): Promise<ReceivedEvent | null> {
    const { time } = this.#steps.of.walk;
    const match = matchedInInput(terms, this.#input);
    if (typeof match === 'string')
      throw new TypeError(
        `${path} matches events by '${match}' of the input, where there is no text, number or boolean`,
      );
    const { keep: _, match: __, ...which } = terms;
    const until = ms === null ? null : new Date(time.now + ms).toISOString();
    const known = newStep(path, 'event', path.replace(/#\d+$/, ''), time.iso);
    const awaits = { ...which, match, until, consequence, event: null };
    known.step.awaits = awaits;
    this.#steps.book.set(path, known);
    try {
      const came = await this.#came(terms, ms);
      known.step.awaits = { ...awaits, event: shownEvent(came ?? undefined) };
      close(known, endOfWait(known.step.awaits), time.iso);
      return came;
    } catch (error) {
      close(known, 'cancelled', time.iso);
      throw error;
    }
  }

  /** The first that is meant, is not too old, and has not been taken: it came before, or will. */
  #came(terms: WaitTerms, ms: number | null): Promise<ReceivedEvent | null> {
    const { time } = this.#steps.of.walk;
    return new Promise((resolve, reject) => {
      const dues: Due[] = [];
      const settle = (act: () => void): void => {
        for (const due of dues) due.cancel();
        off();
        act();
      };
      const off = this.#steps.scope.onCancel(() => settle(() => reject(new Cancelled('cancelled'))));
      const meant = this.#meant(terms).filter(({ at }) => at + terms.keep.forMs > time.now);
      for (const { event, digest, at } of meant)
        dues.push(
          time.in(Math.max(0, at - time.now), () => {
            // Another step may have been quicker.
            if (this.#taken.has(digest)) return;
            this.#taken.add(digest);
            settle(() => resolve(event));
          }),
        );
      if (ms !== null) dues.push(time.in(ms, () => settle(() => resolve(null))));
    });
  }

  /** The events of the test that concern this run, in the order in which they come. */
  #meant(terms: WaitTerms): { event: ReceivedEvent; digest: string; at: number }[] {
    const { walk } = this.#steps.of;
    const wanted = JSON.stringify(matchedInInput(terms, this.#input));
    const events = (walk.options.events ?? []).flatMap(({ after = 0, ...given }, i) => {
      const parsed = cloudEventSchema.safeParse({
        specversion: '1.0',
        id: `${i + 1}`,
        source: '/simulate',
        ...given,
      });
      if (!parsed.success)
        throw walk.failWith('options_invalid', `events[${i}] is not a CloudEvent: ${parsed.error.message}`);
      const event = parsed.data;
      if (JSON.stringify(matchedInEvent(terms, event)) !== wanted) return [];
      const at = walk.time.startedAt + requireMilliseconds(after);
      return [{ event: event as ReceivedEvent, digest: eventDigest(event), at }];
    });
    const isNew = (digest: string): boolean => !this.#taken.has(digest);
    return events.filter(({ digest }) => isNew(digest)).sort((a, b) => a.at - b.at);
  }
}
