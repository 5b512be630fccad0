// A host: it pursues many light runs of a goal, which its updates ask for. It runs until its history is long, and then goes on
// in another execution, which remembers its keys.
//
// light-host.1. One key, one run: a key that is open here is joined, and one that is known is answered.
// light-host.2. A host that closes takes no update, and ends when those that it took are answered.
// light-host.3. A run that is not plain is an ordinary one, by the one place that decides about starts, once, however often that is tried.

import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  currentUpdateInfo,
  defineUpdate,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { goalNamed } from '../../goals/goal-named.ts';
import type { Goal } from '../../goals/index.ts';
import type { EngineActivities } from '../../goals/wire/engine-activities.ts';
import { jsonBytes } from '../../goals/wire/ledger.ts';
import {
  aboutGoal,
  endOfAnswer,
  HOST_CLOSING,
  HOST_EVENTS,
  HOST_RUNS,
  identityDigest,
  type KnownKey,
  type LightHost,
  type LightSeed,
  lightDigest,
  lightExecution,
  lightExecutionsOf,
  lightHostSchema,
  PLAIN_MS,
  REQUEST_INVALID,
  UPDATE_ID,
} from '../../goals/wire/light.ts';
import {
  ANSWERS_BYTES,
  type LightAnswer,
  type LightAsk,
  type LightRequest,
  type LightResult,
  lightRequestSchema,
  lightResult,
} from '../../goals/wire/light-update.ts';
import { activityNames, updateNames } from '../../goals/wire/names.ts';
import { inputDigest, runId } from '../../goals/wire/run-id.ts';
import { type AskedRun, GOAL_PAUSED, INPUT_DIFFERS, RUN_OPEN } from '../../goals/wire/start.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { goalPatches } from '../run/goal-patches.ts';
import { measureLight } from '../steps/measure.ts';
import { Inline } from '../steps/payload-converter.ts';
import { Turns } from '../steps/turns.ts';
import { LightBatches } from './light-batches.ts';
import { LightKeys } from './light-keys.ts';
import { LightRun } from './light-run.ts';

/** From one of these on the host goes on in another execution; `runs` where its input says nothing. */
const FULL = { updates: 1_000, runs: 6_000, events: 4_000, bytes: 4 * 1024 * 1024 };
const FULL_AFTER = '1 day';

const { [activityNames.startRun]: startRun } = proxyActivities<EngineActivities>({
  startToCloseTimeout: '30s',
  retry: { initialInterval: '200ms', backoffCoefficient: 1.5, maximumInterval: '10s' },
});

const pursueLight = defineUpdate<LightResult, [LightRequest]>(updateNames.pursueLight);

export async function lightHost(goals: readonly Goal[], input: unknown): Promise<never> {
  const given = lightHostSchema.parse(input);
  const goal = goalNamed(goals, given.goal);
  // A worker that knows the goal may be on its way: the task is tried again.
  if (goal === undefined) throw new Error(`this worker has no goal '${given.goal}'`);
  const host = new Host(goal, given);
  setHandler(pursueLight, (request) => host.pursue(request), {
    validator: (request) => host.validate(request),
    description: 'pursues light runs',
  });
  return CancellationScope.nonCancellable(async () => {
    await condition(() => host.isFull, FULL_AFTER);
    host.close();
    // light-host.2
    await condition(allHandlersFinished);
    // Whoever looks for a key has no storage.
    return continueAsNew(new Inline(host.next()));
  });
}

/** A key whose run is under way, or looked for. */
interface OpenKey {
  input: string;
  execution: string;
  answer: Promise<LightAnswer>;
}

/** An update that is under way: bytes of its answers so far, its runs, and the keys that are open by it. */
interface UnderWay {
  bytes: number;
  begun: LightRun[];
  keys: string[];
}

class Host {
  readonly #goal: Goal;
  readonly #given: LightHost;
  readonly #keys: LightKeys;
  readonly #turns = new Turns();
  readonly #plainMs: number;
  readonly #batches: LightBatches;
  readonly #patches = goalPatches();
  readonly #open = new Map<string, OpenKey>();
  readonly #build = buildOf();
  #updates = 0;
  #runs = 0;
  #isClosing = false;
  #wasFull = false;

  constructor(goal: Goal, given: LightHost) {
    this.#goal = goal;
    this.#given = given;
    this.#keys = new LightKeys(given, goal.freshMs);
    this.#plainMs = given.plainMs ?? PLAIN_MS;
    this.#batches = new LightBatches(this.#turns, this.#plainMs);
  }

  /**
   * Found out where an update begins and ends, which the history tells. A look at any other moment is none in a replay, as where the validator has
   * refused the only update of a task. Hosts that began before `fullAtEvents` look at any.
   */
  get isFull(): boolean {
    return this.#given.fullAtEvents === undefined ? this.#isFullNow() : this.#wasFull;
  }

  #lookWhetherFull(): void {
    this.#wasFull ||= this.#isFullNow();
  }

  #isFullNow(): boolean {
    const { historyLength, historySize, continueAsNewSuggested } = workflowInfo();
    return (
      this.#updates >= FULL.updates ||
      this.#runs >= (this.#given.fullAfter ?? FULL.runs) ||
      historyLength >= (this.#given.fullAtEvents ?? FULL.events) ||
      historySize >= FULL.bytes ||
      continueAsNewSuggested ||
      buildOf() !== this.#build
    );
  }

  close(): void {
    this.#isClosing = true;
  }

  next(): LightHost {
    const { fullAfter = HOST_RUNS, fullAtEvents = HOST_EVENTS } = this.#given;
    return {
      ...this.#given,
      fullAfter,
      fullAtEvents,
      about: aboutGoal(this.#goal),
      earlier: this.#keys.next(),
    };
  }

  validate(request: LightRequest): void {
    // light-host.2
    if (this.#isClosing || this.isFull)
      throw ApplicationFailure.nonRetryable('the host goes on in another execution', HOST_CLOSING);
    if (!UPDATE_ID.test(currentUpdateInfo()?.id ?? '') || !lightRequestSchema.safeParse(request).success)
      throw ApplicationFailure.nonRetryable('it is no request for light runs', REQUEST_INVALID);
  }

  /** A cancellation of the host must not reach its runs. */
  pursue(request: LightRequest): Promise<LightResult> {
    return CancellationScope.nonCancellable(() => this.#pursue(request));
  }

  async #pursue(request: LightRequest): Promise<LightResult> {
    const { runs: asks } = lightRequestSchema.parse(request);
    const update = currentUpdateInfo()?.id ?? '';
    const { runId: host } = workflowInfo();
    this.#updates++;
    this.#runs += asks.length;
    this.#lookWhetherFull();
    const recalled = this.#recalled(asks);
    const underWay: UnderWay = { bytes: 0, begun: [], keys: [] };
    const answers = asks.map((ask, place) =>
      this.#answer(ask, lightExecution({ n: this.#given.n, host, update, place }), recalled, underWay),
    );
    if (recalled !== null) await recalled;
    await this.#turns.endOfMoment();
    for (const run of underWay.begun) run.momentIsOver();
    const answered = await Promise.all(answers);
    this.#keys.remember(
      update,
      asks.map((ask, i) => ({ ask, answer: answered[i], end: endOfAnswer(answered[i]) })),
    );
    for (const key of underWay.keys) this.#open.delete(key);
    this.#lookWhetherFull();
    return lightResult(lightExecutionsOf({ n: this.#given.n, host, update }), answered);
  }

  /** Resolves when what earlier executions know of these keys is known here; null where they know nothing. */
  #recalled(asks: readonly LightAsk[]): Promise<void> | null {
    const sought = asks.filter(({ key }) => !this.#open.has(key));
    const unknown = this.#keys.unknown(
      sought.map(({ key }) => lightDigest(key)),
      sought.flatMap(({ identity }) => (identity === undefined ? [] : [identityDigest(identity)])),
    );
    return unknown === null ? null : this.#keys.recall(unknown, this.#turns);
  }

  #answer(
    ask: LightAsk,
    execution: string,
    recalled: Promise<void> | null,
    underWay: UnderWay,
  ): Promise<LightAnswer> {
    const input = inputDigest(ask.input);
    const had = this.#had(ask);
    if (had !== null) return Promise.resolve(had);
    // light-host.1
    const open = this.#open.get(ask.key);
    if (open !== undefined) return joined(open, ask, input);
    const decide = (): Promise<LightAnswer> => {
      const had = recalled === null ? null : this.#had(ask);
      if (had !== null) return Promise.resolve(had);
      const known = this.#keys.get(lightDigest(ask.key));
      return this.#known(known, ask, execution, input) ?? this.#begin(ask, execution, underWay);
    };
    const answer = recalled === null ? decide() : recalled.then(decide);
    this.#open.set(ask.key, { input, execution, answer });
    underWay.keys.push(ask.key);
    return answer;
  }

  /** What the request got when it was sent before, where that is a light run; light.2. */
  #had({ identity }: LightAsk): LightAnswer | null {
    const request = identity === undefined ? undefined : this.#keys.request(identityDigest(identity));
    if (request === undefined || request.end === 'o') return null;
    return { end: 'same', how: request.how ?? 'started', execution: request.execution };
  }

  /** The answer to what needs no light run; null where one begins. */
  #known(
    known: KnownKey | undefined,
    ask: LightAsk,
    execution: string,
    input: string,
  ): Promise<LightAnswer> | null {
    const { key, force, paused, ordinary } = ask;
    // What it is by now, and whether it may start, is decided where runs are started.
    if (known?.end === 'o') return this.#ordinary(ask, execution, null);
    if (known !== undefined && !force)
      return input.startsWith(known.input)
        ? Promise.resolve({ end: 'same', how: 'achieved', execution: known.execution })
        : Promise.resolve(refused(INPUT_DIFFERS, `The run of the key ${key} has another input.`));
    if (paused) return Promise.resolve(refused(GOAL_PAUSED, `${this.#goal.name} is paused.`));
    return ordinary === undefined ? null : this.#ordinary(ask, execution, null);
  }

  async #begin(ask: LightAsk, execution: string, underWay: UnderWay): Promise<LightAnswer> {
    const { historyLength } = workflowInfo();
    const id = runId(this.#goal.name, ask.key);
    const where = { id, execution, plainMs: this.#plainMs };
    const run = new LightRun(this.#goal, ask, where, (call) => this.#batches.add(run, call, historyLength));
    underWay.begun.push(run);
    run.pursue(this.#patches);
    const ended = await run.ended;
    if (ended.end === 'achieved') {
      const bytes = jsonBytes(ended);
      if (underWay.bytes + bytes <= ANSWERS_BYTES) {
        underWay.bytes += bytes;
        measureLight(this.#goal, { run: id, execution }, ended);
        return ended;
      }
    }
    return this.#ordinary(ask, execution, run.seed);
  }

  /** Has the ordinary run started, whose identity is the same however often that is tried: light-host.3. */
  async #ordinary(ask: LightAsk, execution: string, seed: LightSeed | null): Promise<LightAnswer> {
    const { input, why, force, actors, ordinary = {}, identity = `light:${execution}` } = ask;
    const given = { ...(force && { force }), ...(actors && { actors }) };
    const more = Object.fromEntries(Object.entries(ordinary).filter(([, value]) => value !== undefined));
    const asked: AskedRun = {
      goal: this.#goal.name,
      input,
      why,
      identity,
      ...given,
      ...more,
      host: { seed },
    };
    try {
      const { how, execution: ordinary } = await startRun(asked);
      return { end: 'ordinary', how, execution: ordinary };
    } catch (error) {
      const cause = error instanceof ActivityFailure ? error.cause : error;
      const code = (cause instanceof ApplicationFailure ? cause.type : null) ?? 'engine_failed';
      return refused(code, boundedText((cause as Error | undefined)?.message ?? '', 500));
    }
  }
}

async function joined(
  { input: first, execution, answer }: OpenKey,
  ask: LightAsk,
  input: string,
): Promise<LightAnswer> {
  if (input !== first) return refused(INPUT_DIFFERS, `The run of the key ${ask.key} has another input.`);
  if (ask.force) return refused(RUN_OPEN, `The run of the key ${ask.key} is under way.`);
  const got = await answer;
  if (got.end === 'refused') return got;
  if (got.end === 'achieved') return { end: 'same', how: 'joined', execution };
  return got.how === 'achieved' ? got : { ...got, how: 'joined' };
}

const refused = (code: string, message: string): LightAnswer => ({ end: 'refused', code, message });

/** By which code the task under way is done. */
const buildOf = (): string | undefined => {
  const { currentDeploymentVersion, currentBuildId } = workflowInfo();
  return currentDeploymentVersion?.buildId ?? currentBuildId;
};
