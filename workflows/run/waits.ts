// `waitFor`: a run waits for an event that a mailbox keeps, or will. It says in its memo what it waits for, so that people see
// it with no worker up.
//
// waits.1. A run asks a mailbox for one event at a time, and gives it to the step that has waited longest; what comes after its
//     step gave up is the next step's.

import {
  CancellationScope,
  condition,
  defineSignal,
  getExternalWorkflowHandle,
  proxyLocalActivities,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import { z } from 'zod';
import { requireMilliseconds } from '../../goals/duration.ts';
import {
  type Goal,
  type Pursuit,
  type ReceivedEvent,
  StepFailed,
  type WaitOptions,
} from '../../goals/index.ts';
import { listedWait } from '../../goals/waits.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { activityNames, awaitedMemo, mailSignals, memoNames, waitTimer } from '../../goals/wire/names.ts';
import type { Resume } from '../../goals/wire/resume.ts';
import {
  type Arrived,
  type AwaitedEvent,
  arrivedSchema,
  cameSchema,
  type EndedWait,
  eventStepName,
  keptEventName,
  mailboxOf,
  matchedInInput,
  type Waiter,
  type WaitTerms,
  waitConsequences,
} from '../../goals/wire/waits.ts';
import type { KeptSource } from '../steps/job-steps.ts';
import { eventFailure } from '../steps/step-failure.ts';
import type { Steps } from '../steps/steps.ts';
import type { Visibility } from './visibility.ts';

const { [activityNames.awaitEvent]: awaitEvent } = proxyLocalActivities<EngineActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumInterval: '30s' },
});

/** A step that waits. */
interface Waiting {
  path: string;
  awaited: AwaitedEvent;
  arrived: Arrived | null;
}

/** What the run knows of a mailbox. */
interface Box {
  id: string;
  keep: WaitTerms['keep'];
  /** The last event that it got. */
  after: number;
  isAsked: boolean;
  waiting: Waiting[];
  /** Events that came too late for the step that waited. */
  left: Arrived[];
}

export class Waits {
  readonly #boxes = new Map<string, Box>();
  readonly #goal: Goal;
  readonly #input: unknown;
  readonly #again: string | null;
  readonly #steps: Steps;
  readonly #kept: KeptSource;
  readonly #visibility: Visibility;
  #hears = false;

  /** `input`: as it was given, as a gateway sees it. */
  constructor(
    { goal, input, resume }: { goal: Goal; input: unknown; resume: Resume | null },
    parts: { steps: Steps; kept: KeptSource; visibility: Visibility },
  ) {
    this.#goal = goal;
    this.#input = input;
    this.#again = resume?.from ?? unachievedBefore();
    this.#steps = parts.steps;
    this.#kept = parts.kept;
    this.#visibility = parts.visibility;
  }

  readonly waitFor = ((event, options: WaitOptions = {}) =>
    this.#steps.step(eventStepName(event.type), null, async (path, order) => {
      const terms = listedWait(this.#goal, event);
      const { timeout, consequence = 'fail' } = options;
      if (!waitConsequences.includes(consequence))
        throw new TypeError(`'consequence' of ${path} must be 'fail' or 'continue'`);
      const ms = timeout === undefined ? null : Math.max(1, requireMilliseconds(timeout));
      const match = matchedInInput(terms, this.#input);
      if (typeof match === 'string')
        throw new TypeError(
          `${path} matches events by '${match}' of the input, where there is no text, number or boolean`,
        );
      const { keep, match: _, ...which } = terms;
      const job = { name: keptEventName(event.type), output: arrivedSchema };
      const kept = this.#kept.take(job, path, order, { ...which, match });
      const box = this.#box(mailboxOf(this.#goal.name, terms, match), keep);
      if (kept !== null) {
        const { n, event } = kept.output as Arrived;
        box.after = Math.max(box.after, n);
        return event as ReceivedEvent;
      }
      const until = ms === null ? null : new Date(Date.now() + ms).toISOString();
      const arrived = await this.#wait(box, path, { ...which, match, until, consequence }, ms);
      if (arrived !== null) return arrived.event as ReceivedEvent;
      if (consequence === 'continue') return null;
      throw new StepFailed(eventFailure(path, event.type, ms ?? 0));
    })) as Pursuit['waitFor'];

  async #wait(box: Box, path: string, awaited: AwaitedEvent, ms: number | null): Promise<Arrived | null> {
    const waiting: Waiting = { path, awaited, arrived: null };
    upsertMemo({ [awaitedMemo(path)]: awaited });
    this.#visibility.waits(path);
    // Of its own, so that the timer ends with it.
    const scope = new CancellationScope();
    let hasEnded = false;
    try {
      return await scope.run(async () => {
        box.waiting.push(waiting);
        this.#serve(box);
        this.#ask(box);
        const over = ms === null ? [] : [sleep(ms, { summary: waitTimer(path) })];
        // Both may come in one task: then the event counts.
        await Promise.race([condition(() => waiting.arrived !== null), ...over]);
        hasEnded = true;
        return waiting.arrived;
      });
    } finally {
      box.waiting = box.waiting.filter((one) => one !== waiting);
      const ended: EndedWait = { step: path, box: box.id, n: waiting.arrived?.n ?? null };
      upsertMemo({ [awaitedMemo(path)]: null, ...(hasEnded ? { [memoNames.waited]: ended } : {}) });
      scope.cancel();
      if (box.waiting.length === 0 && box.isAsked) this.#leave(box);
    }
  }

  /** Asks for the next event, where a step waits and none is asked for. Not of the step's own scope, as others may wait too. */
  #ask(box: Box): void {
    const { id, keep } = box;
    if (box.isAsked || !box.waiting.some(({ arrived }) => arrived === null)) return;
    box.isAsked = true;
    const asked = { box: id, goal: this.#goal.name, keep, waiter: this.#waiter(box) };
    CancellationScope.nonCancellable(() => awaitEvent(asked)).catch(() => undefined);
  }

  /** waits.1: gives what came to those who wait. */
  #serve(box: Box): void {
    for (const waiting of box.waiting.filter(({ arrived }) => arrived === null)) {
      const arrived = box.left.shift();
      if (arrived === undefined) return;
      waiting.arrived = arrived;
    }
  }

  #leave(box: Box): void {
    box.isAsked = false;
    CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(box.id).signal(mailSignals.leave, this.#waiter(box)),
    ).catch(() => undefined);
  }

  #waiter({ after }: Box): Waiter {
    const { workflowId: run, runId: execution } = workflowInfo();
    return { run, execution, after, again: this.#again };
  }

  #box(id: string, keep: WaitTerms['keep']): Box {
    this.#hear();
    const box = this.#boxes.get(id) ?? { id, keep, after: 0, isAsked: false, waiting: [], left: [] };
    this.#boxes.set(id, box);
    return box;
  }

  #hear(): void {
    if (this.#hears) return;
    this.#hears = true;
    setHandler(defineSignal<[unknown]>(mailSignals.came), (given) => {
      const { box: id, event, n, dropped } = cameSchema.safeParse(given).data ?? {};
      const box = this.#boxes.get(id ?? '');
      if (box === undefined || n === undefined) return;
      if (dropped !== undefined && dropped > 0) this.#tellDropped(box, dropped);
      if (!event || n <= box.after) return;
      box.after = n;
      box.isAsked = false;
      box.left.push({ n, event });
      this.#serve(box);
      this.#ask(box);
    });
  }

  #tellDropped({ waiting }: Box, dropped: number): void {
    for (const { path, awaited } of waiting.filter(({ awaited }) => awaited.dropped !== dropped)) {
      awaited.dropped = dropped;
      upsertMemo({ [awaitedMemo(path)]: awaited });
    }
  }
}

/** The execution before this one, where that did not achieve the goal. */
function unachievedBefore(): string | null {
  return z.string().safeParse(workflowInfo().memo?.[memoNames.unachieved]).data ?? null;
}
