// One walk through a simulation. The first walk calls the fakes, and writes down what came of each call and when. The second is
// given the same, so that no fake is called twice: where it takes other steps, the goal's own code differs by itself.

import type { Job } from '../goals/index.ts';
import { patchId } from '../goals/patch-id.ts';
import type { Fake } from './fake.ts';
import type { SimulateOptions } from './options.ts';
import { Pools } from './pools.ts';
import { type SimulationCode, SimulationProblem } from './problem.ts';
import type { PursuedRun } from './pursued-run.ts';
import { SimulatedVersions } from './versions.ts';
import { type Inside, install, runInside, runOutside, settledPromises } from './virtual-globals.ts';
import { VirtualTime } from './virtual-time.ts';

type Came = { value: unknown } | { thrown: unknown };

/** What came from outside of the goals' code, and when. */
interface Arrival {
  key: string;
  fired: number;
  now: number;
  came: Came;
}

/** What a second walk is held against, and lives on. */
export interface Recorded {
  arrivals: Arrival[];
  /** Each step that was begun, in order. */
  steps: string[];
}

/** So often the clock may go on in one walk: far more than any run does that ends. */
const MOST_TURNS = 50_000;

/** So many turns of the process are waited for what it reads or asks at this moment. */
const REAL_TURNS = 20_000;

/** Reading a file, or asking for an address: what ends by itself, and no virtual clock knows of. */
const REAL_WORK = /Req/;

/** What a second walk's clock shows more: enough that whoever decides by it decides differently. */
const SKEW_MS = 1007;

const CANCELLED = 'cancelled';

export class Walk {
  readonly time: VirtualTime;
  readonly steps: string[] = [];
  /** All runs, by their IDs: what two goals need of one key is one run. */
  readonly runs = new Map<string, PursuedRun>();
  readonly pools: Pools;
  readonly versions: SimulatedVersions;
  readonly options: SimulateOptions;
  readonly #fakes: ReadonlyMap<Job, Fake>;
  readonly #before: Recorded | null;
  readonly #arrivals: Arrival[] = [];
  readonly #waiting = new Map<string, (came: Came) => void>();
  readonly #patches = new Set<string>();
  /** Fakes that have not settled. */
  #busy = 0;
  #next = 0;
  #problem: SimulationProblem | null = null;
  #chance: () => number;
  readonly #inside: Inside;
  readonly #insideFakes: Inside;

  /** `before`: what the first walk recorded, for the second. */
  constructor(options: SimulateOptions, startedAt: number, before: Recorded | null) {
    install();
    this.options = options;
    this.time = new VirtualTime(startedAt);
    this.pools = new Pools(this.time);
    this.versions = new SimulatedVersions(options, this.time);
    this.#fakes = new Map((options.jobs ?? []).map((one) => [one.job, one]));
    this.#before = before;
    this.#chance = randomFrom(1);
    const random = randomFrom(before === null ? 2 : 3);
    const skewMs = before === null ? 0 : SKEW_MS;
    this.#inside = { time: this.time, skewMs, random, isFake: false };
    this.#insideFakes = { time: this.time, skewMs: 0, random: randomFrom(4), isFake: true };
  }

  get recorded(): Recorded {
    return { arrivals: this.#arrivals, steps: this.steps };
  }

  /** As the engine's own dice fall: the same in both walks. */
  chance(): number {
    return this.#chance();
  }

  fakeOf(job: Job, step: string): Fake {
    const fake = this.#fakes.get(job) ?? [...this.#fakes.values()].find((one) => one.job.name === job.name);
    if (fake !== undefined) return fake;
    throw this.failWith(
      'job_unbound',
      `${step} runs the job '${job.name}', which has no fake; add one: jobs: [fake(…, output)], with the job '${job.name}'`,
    );
  }

  /** Whether a run takes the new way of a change. */
  readonly patched = (name: string): boolean => {
    patchId(name);
    this.#patches.add(name);
    return !this.options.unpatched?.includes(name);
  };

  /** Throws where a patch is to be walked the old way that no run asked for: such a test tries nothing. */
  checkUnpatched(): void {
    const missed = this.options.unpatched?.find((name) => !this.#patches.has(name));
    if (missed === undefined) return;
    const asked = [...this.#patches].map((name) => `'${name}'`).join(', ') || 'none';
    throw new SimulationProblem(
      'options_invalid',
      `unpatched has '${missed}', and the run came to no patched('${missed}'); it came to ${asked}`,
    );
  }

  /** Ends the simulation: it has no run to show. */
  failWith(code: SimulationCode, message: string): SimulationProblem {
    this.#problem ??= new SimulationProblem(code, message);
    return this.#problem;
  }

  /** A step that begins: what of it must be the same each time that the run is replayed. */
  begins(run: string, path: string, what: unknown): void {
    this.steps.push(`${path} of ${run} with ${textOf(what)}`);
  }

  /** What is not the goals' own: made in the first walk, and given again in the second. `key` names it, once. */
  outside(key: string, make: () => unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const arrive = (came: Came): void => {
        if ('thrown' in came) reject(came.thrown);
        else resolve(came.value);
      };
      if (this.#before !== null) {
        this.#waiting.set(key, arrive);
        return;
      }
      const { time } = this;
      const settle = (came: Came): void => {
        this.#busy--;
        this.#arrivals.push({ key, fired: time.fired, now: time.now, came });
        arrive(came);
      };
      this.#busy++;
      runInside(this.#insideFakes, async () => make()).then(
        (value) => settle({ value }),
        (thrown: unknown) => settle({ thrown }),
      );
    });
  }

  /** Calls `then` when the test cancels the run. */
  onCancel(then: () => void): void {
    const { cancel } = this.options;
    if (cancel === undefined) return;
    if (!(cancel instanceof AbortSignal)) return;
    if (this.#before !== null) {
      this.#waiting.set(CANCELLED, then);
      return;
    }
    const { time } = this;
    const cancelled = (): void => {
      this.#arrivals.push({ key: CANCELLED, fired: time.fired, now: time.now, came: { value: null } });
      then();
    };
    if (cancel.aborted) cancelled();
    else cancel.addEventListener('abort', cancelled, { once: true });
  }

  /** Lets the work go on until it has ended. Rejects with a `SimulationProblem`. */
  async drive<T>(begin: () => Promise<T>, waitsFor: () => string): Promise<T> {
    const end: { value?: T; thrown?: unknown; isOver: boolean } = { isOver: false };
    runInside(this.#inside, begin).then(
      (value) => Object.assign(end, { value, isOver: true }),
      (thrown: unknown) => Object.assign(end, { thrown, isOver: true }),
    );
    let realTurns = 0;
    for (let turns = 0; ; turns++) {
      await runOutside(settledPromises);
      if (this.#problem !== null) throw this.#problem;
      if (end.isOver) {
        if ('thrown' in end) throw end.thrown;
        return end.value as T;
      }
      if (runInside(this.#inside, () => this.#arrives() || this.time.endMoment())) continue;
      if (this.#busy > 0 && realTurns < REAL_TURNS && isAtWork()) {
        realTurns++;
        continue;
      }
      realTurns = 0;
      if (!runInside(this.#inside, () => this.time.goOn(false))) throw this.failWith('stuck', waitsFor());
      if (turns > MOST_TURNS)
        throw this.failWith('endless', `the run goes on and on: ${waitsFor()}; give its goal a deadline`);
    }
  }

  /** In a second walk: what came at this point in the first. */
  #arrives(): boolean {
    const arrival = this.#before?.arrivals[this.#next];
    if (arrival === undefined || arrival.fired !== this.time.fired) return false;
    const arrive = this.#waiting.get(arrival.key);
    if (arrive === undefined) return false;
    this.#next++;
    this.#waiting.delete(arrival.key);
    this.time.now = Math.max(this.time.now, arrival.now);
    arrive(arrival.came);
    return true;
  }
}

const isAtWork = (): boolean => process.getActiveResourcesInfo().some((name) => REAL_WORK.test(name));

function textOf(what: unknown): string {
  try {
    return JSON.stringify(what) ?? 'nothing';
  } catch {
    return 'what JSON cannot carry';
  }
}

/** The same numbers each time (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed * 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
