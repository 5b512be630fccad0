// One light run: a goal pursued in its host for as long as the run is plain. What is not plain is decided here, and it becomes
// an ordinary run, which goes on with what was done.
//
// light-run.1. The goal's code ends its own run at most, and no other of its host, be it that it throws or waits for ever.
// light-run.2. A run leaves its host only when no step of it is under way there.

import { artifactsTo } from '../../goals/artifacts.ts';
import { AwaitedSteps } from '../../goals/awaited-steps.ts';
import type { Goal, Job, Pursuit } from '../../goals/index.ts';
import type { SentArtifacts } from '../../goals/wire/artifacts.ts';
import { type CallAnswer, ledgerOf } from '../../goals/wire/batch.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import {
  artifactsOfStart,
  LIGHT_VALUE_BYTES,
  type LightSeed,
  type UnfinishedStep,
  unfinishedBy,
} from '../../goals/wire/light.ts';
import type { AchievedLight, LightAsk, LightStep } from '../../goals/wire/light-update.ts';
import { inputDigest } from '../../goals/wire/run-id.ts';
import { judge, weigh } from '../run/outcome.ts';
import { type BatchedBy, batchedStep } from '../steps/batched-step.ts';
import type { WaitingCall } from '../steps/batches.ts';
import { JobSteps, type TurnsOfSteps } from '../steps/job-steps.ts';
import { OpenSteps, type StepObserver } from '../steps/open-steps.ts';

/** How a run leaves its host. */
export type LeftHost = AchievedLight | { end: 'left' };

const NOT_HELD = { isHeld: false, released: () => Promise.resolve() };
/** Its host orders what it waits for. */
const NO_TURNS: TurnsOfSteps = {
  turns: { answer: (called) => called },
  turn: () => Promise.resolve(),
};
const NOTHING_KEPT = { take: () => null, left: () => null };
const UNOBSERVED: StepObserver = {
  met: () => undefined,
  struggles: () => undefined,
  settled: () => undefined,
  riskAt: () => null,
};

export class LightRun {
  readonly id: string;
  readonly deadline: number | null;
  readonly ended: Promise<LeftHost>;
  readonly #goal: Goal;
  readonly #input: unknown;
  readonly #execution: string;
  readonly #begun = Date.now();
  readonly #open = new OpenSteps(UNOBSERVED);
  readonly #awaited = new AwaitedSteps();
  readonly #done: LightStep[] = [];
  readonly #results: LightSeed['results'] = [];
  readonly #unfinished: UnfinishedStep[] = [];
  /** A host has no place for them: a run that shows something leaves with it. */
  readonly #artifacts: SentArtifacts[] = [];
  readonly #plainMs: number;
  readonly #send: (call: WaitingCall) => void;
  #underWay = 0;
  #tookMs = 0;
  #isLeaving = false;
  #isOver = false;
  #end: (how: LeftHost) => void = () => undefined;

  /** `send` takes a call to its batch, which answers it by `settled`. Its steps may take `plainMs` together: then it leaves. */
  constructor(
    goal: Goal,
    ask: LightAsk,
    { id, execution, plainMs }: { id: string; execution: string; plainMs: number },
    send: (call: WaitingCall) => void,
  ) {
    this.#goal = goal;
    this.#plainMs = plainMs;
    this.#input = ask.input;
    this.id = id;
    this.#execution = execution;
    this.#send = send;
    this.deadline = goal.deadlineMs === null ? null : this.#begun + goal.deadlineMs;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** It becomes an ordinary run, once nothing of it is under way. */
  get isLeaving(): boolean {
    return this.#isLeaving;
  }

  /** What it has done, for the ordinary run that goes on. */
  get seed(): LightSeed {
    const [begun, results, unfinished] = [this.#begun, this.#results, this.#unfinished];
    const shown = artifactsOfStart(this.#artifacts);
    const artifacts = shown.length === 0 ? {} : { artifacts: shown };
    return { gk: 'light', from: this.#execution, begun, results, unfinished, ...artifacts };
  }

  /** Pursues the goal; `patches` are those of its host. */
  pursue(patches: Pick<Pursuit, 'patched' | 'deprecatePatch'>): void {
    const { deadlineBy, expectedBy, already } = this.#goal;
    const hasMore = deadlineBy !== null || expectedBy !== null || already !== null;
    // light-run.1
    try {
      const read = this.#goal.input.safeParse(this.#input);
      if (hasMore || !read.success || jsonBytes(this.#input) > LIGHT_VALUE_BYTES) this.leave();
      else
        this.#goal.pursue(read.data, this.#pursuit(patches)).then(
          (output) => this.#judge(output, read.data),
          () => this.leave(),
        );
    } catch {
      this.leave();
    }
  }

  /** All that could go on has gone on: a run that waits for no step waits for what a host does not have. */
  momentIsOver(): void {
    if (!this.#isOver && this.#open.size === 0) this.leave();
  }

  leave(): void {
    this.#isLeaving = true;
    this.#open.decide();
    this.#leaveIfDone();
  }

  /** The answer to a call that has travelled. */
  settled(call: WaitingCall, answer: CallAnswer | null): void {
    if (answer?.end === 'unbegun' && !this.#isLeaving) {
      this.#send(call);
      return;
    }
    this.#underWay--;
    const { path, job } = call;
    const input = inputDigest(call.input);
    const isDone = answer !== null && answer.end === undefined;
    if (isDone) {
      const ledger = ledgerOf(answer);
      const { ms } = answer;
      this.#tookMs += ms;
      const told = ledger === undefined ? {} : { ledger };
      const at = Math.max(0, Date.now() - ms - this.#begun);
      this.#done.push({ path, job: job.name, at, ms, ...told });
      const n = this.#results.length;
      const kept = { n, path, job: job.name, input, from: this.#execution };
      this.#results.push({ ...kept, output: answer.output, ...told });
    } else if (answer !== null && answer.end !== 'unbegun' && answer.end !== 'cancelled')
      this.#unfinished.push({ path, job: job.name, input, ...unfinishedBy(answer) });
    this.#artifacts.push(...(answer?.artifacts ?? []));
    const isPlain = isDone && this.#artifacts.length === 0 && this.#tookMs <= this.#plainMs;
    if (!isPlain || this.#isLeaving) this.leave();
    else call.settle(answer);
  }

  #leaveIfDone(): void {
    // light-run.2
    if (this.#isOver || this.#underWay > 0) return;
    this.#isOver = true;
    this.#end({ end: 'left' });
  }

  #judge(given: unknown, input: unknown): void {
    if (this.#isLeaving) return;
    // light-run.1
    try {
      const achieved = this.#achieved(given, input);
      if (achieved === null) {
        this.leave();
        return;
      }
      this.#isOver = true;
      this.#open.decide();
      this.#end(achieved);
    } catch {
      this.leave();
    }
  }

  /** Null where it is not plainly achieved: what judges by earlier runs looks at them, and what fails or warns is told to people. */
  #achieved(given: unknown, input: unknown): AchievedLight | null {
    if (this.#open.size > 0 || this.#awaited.missing.length > 0) return null;
    const weighed = weigh(this.#goal, given, input);
    if (weighed.wanted !== null || weighed.bytes > LIGHT_VALUE_BYTES) return null;
    const { json, criteria } = judge(this.#goal, weighed);
    if (criteria.some(({ met }) => !met)) return null;
    const times = { begun: this.#begun, closed: Date.now() };
    const output = json === undefined ? {} : { output: JSON.parse(json) };
    return { end: 'achieved', execution: this.#execution, ...times, ...output, criteria, steps: this.#done };
  }

  #pursuit(patches: Pick<Pursuit, 'patched' | 'deprecatePatch'>): never {
    const leave = (): Promise<never> => {
      this.leave();
      return new Promise(() => undefined);
    };
    const light = { run: this.id, execution: this.#execution };
    const jobs = new JobSteps(
      { goal: this.#goal, deadline: this.deadline, run: this.id, light },
      this.#open,
      UNOBSERVED,
      NOTHING_KEPT,
      NO_TURNS,
    );
    const batched: BatchedBy = {
      open: this.#open,
      jobs,
      awaited: {
        ended: (step) => this.#awaited.ended(step),
        // Its input or its output does not fit.
        failed: (step) => {
          this.#awaited.failed(step);
          this.leave();
        },
        watched: (step, path) => this.#awaited.watched(step, path),
      },
      hold: NOT_HELD,
      batches: { add: (call) => this.#add(call) },
    };
    const run = (job: Job, input: unknown, options?: never): Promise<unknown> =>
      job?.quick === true ? batchedStep(batched, job, input, options) : leave();
    const elsewhere = {
      map: leave,
      sleep: leave,
      waitFor: leave,
      achieve: leave,
      achieveEach: leave,
      use: leave,
      produce: leave,
    };
    const others = { approve: leave, ask: leave, cleanup: leave, artifact: artifactsTo(() => this.leave()) };
    return { run, ...elsewhere, ...others, ...patches } as never;
  }

  #add(call: WaitingCall): void {
    if (this.#isLeaving || call.bytes > LIGHT_VALUE_BYTES) {
      this.leave();
      return;
    }
    this.#underWay++;
    this.#send(call);
  }
}
