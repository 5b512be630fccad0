// The light runs of a host's execution out of whatever events of it are read, in whatever order: an update's request and its
// result are two events, and a reader that goes back from the end meets the result first.

import type { temporal } from '@temporalio/proto';
import {
  type AchievedLight,
  type LightAnswer,
  type LightAsk,
  lightRequestSchema,
  lightResultSchema,
} from '../goals/wire/light-update.ts';
import { millisecondsOf } from './event-time.ts';
import { firstValue } from './payload.ts';

type Event = temporal.api.history.v1.IHistoryEvent;

/** A light run that is achieved, as its host tells it. */
export interface AchievedRun {
  ask: LightAsk;
  answer: AchievedLight;
  /** In milliseconds since 1970. */
  acceptedAt: number;
}

export class LightUpdates {
  readonly #asked = new Map<string, { asks: readonly LightAsk[]; acceptedAt: number }>();
  readonly #answered = new Map<string, readonly LightAnswer[]>();
  /** Of the payloads of what was read. */
  bytes = 0;

  /** Takes events in, and gives the runs of which both is known now. */
  add(events: readonly Event[]): AchievedRun[] {
    return events.flatMap((event) => this.#add(event));
  }

  /** What was asked for and is not answered, as far as was read. */
  get unanswered(): LightAsk[] {
    return [...this.#asked.values()].flatMap(({ asks }) => asks);
  }

  /** The latest that a run closed whose request was not read; null where there is none. */
  get latestUnpaired(): number | null {
    const closed = [...this.#answered.values()]
      .flat()
      .map((one) => (one.end === 'achieved' ? one.closed : 0));
    return closed.length === 0 ? null : Math.max(...closed);
  }

  #add(event: Event): AchievedRun[] {
    const { acceptedRequest } = event.workflowExecutionUpdateAcceptedEventAttributes ?? {};
    const { meta, outcome } = event.workflowExecutionUpdateCompletedEventAttributes ?? {};
    const update = acceptedRequest?.meta?.updateId ?? meta?.updateId ?? '';
    const given = acceptedRequest?.input?.args ?? outcome?.success;
    this.bytes += given?.payloads?.[0]?.data?.length ?? 0;
    if (acceptedRequest) {
      const asks = lightRequestSchema.safeParse(firstValue(given)).data?.runs ?? [];
      this.#asked.set(update, { asks, acceptedAt: millisecondsOf(event.eventTime) ?? 0 });
    } else if (meta)
      this.#answered.set(update, lightResultSchema.safeParse(firstValue(given)).data?.answers ?? []);
    else return [];
    return this.#paired(update);
  }

  #paired(update: string): AchievedRun[] {
    const [asked, answers] = [this.#asked.get(update), this.#answered.get(update)];
    if (asked === undefined || answers === undefined) return [];
    this.#asked.delete(update);
    this.#answered.delete(update);
    return asked.asks.flatMap((ask, place) => {
      const answer = answers[place];
      return answer?.end === 'achieved' ? [{ ask, answer, acceptedAt: asked.acceptedAt }] : [];
    });
  }
}
