// The door to the hosts of light goals: what is asked for in one turn of the event loop is asked for together.
//
// light-door.1. A host has up to 4 updates of one process in flight, and up to 2,000 asks wait for them.
// light-door.2. An ask that a host did not answer is sent again: its key finds the run.
// light-door.3. An ask that has waited too long is refused, and nothing of it has begun. An update has the time of an ask that it carries.

import { AsyncResource } from 'node:async_hooks';
import { type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { jsonBytes } from '../goals/wire/ledger.ts';
import { HOST_CLOSING } from '../goals/wire/light.ts';
import {
  ASKS,
  ASKS_BYTES,
  type LightAnswer,
  type LightAsk,
  type LightRequest,
  type LightResult,
  lightRequest,
  lightResultSchema,
} from '../goals/wire/light-update.ts';
import { lightHostId, updateNames } from '../goals/wire/names.ts';
import { beginHost, endStuckHost, type LightGoal, type StartLeft } from './begin-host.ts';
import { grpcCode, grpcCodes } from './grpc-codes.ts';
import type { TemporalCaller } from './start-execution.ts';

/** light-door.1: updates in flight to one host; Temporal lets an execution have ten, which all gateways share. */
const FLIGHTS = 4;
/** light-door.1: asks that wait for one host. */
const WAITING = 2_000;

/** light-door.3: so long an ask waits where the caller says nothing: an activity that asks has half a minute. */
const WAIT_MS = 20_000;
/** So often it is looked for asks that have waited too long. */
const LOOK_MS = 250;

/** Between two attempts at a host that closes, or is full. */
const AGAIN_MS = 25;
/** Type of the failure of an update whose host ended before it had answered. */
const ENDED = 'AcceptedUpdateCompletedWorkflow';

/** So often it is looked whether the host is stuck that has an update. */
const WATCH_MS = 5_000;

/** So often one update is tried; together less than half a minute. */
const ATTEMPTS = 200;

interface Waiting {
  ask: LightAsk;
  bytes: number;
  /** When it was asked, by this process's monotonic clock. */
  at: number;
  /** Of who asked: how long their calls may take is known by it. */
  context: AsyncResource;
  resolve(answer: LightAnswer): void;
  reject(error: unknown): void;
}

/** More is asked of a host than it can take. */
export class HostBusy extends Error {
  override readonly name = 'HostBusy';
}

/** The queue of one process before one host. */
class Door {
  readonly #caller: TemporalCaller;
  readonly #goal: LightGoal;
  readonly #place: { n: number; hosts: number };
  readonly #startLeft: StartLeft;
  #waiting: Waiting[] = [];
  #flights = 0;
  #most = FLIGHTS;
  #isDue = false;
  #looking: NodeJS.Timeout | undefined;

  constructor(
    caller: TemporalCaller,
    goal: LightGoal,
    place: { n: number; hosts: number },
    startLeft: StartLeft,
  ) {
    this.#caller = caller;
    this.#goal = goal;
    this.#place = place;
    this.#startLeft = startLeft;
  }

  ask(ask: LightAsk): Promise<LightAnswer> {
    if (this.#waiting.length >= WAITING)
      return Promise.reject(new HostBusy(`${WAITING} runs of ${this.#goal.goal} wait to be taken already`));
    return new Promise((resolve, reject) => {
      const context = new AsyncResource('light-ask');
      this.#waiting.push({ ask, bytes: jsonBytes(ask), at: performance.now(), context, resolve, reject });
      this.#due();
    });
  }

  /** At the end of this turn of the event loop. */
  #due(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#refuseLate();
      while (this.#waiting.length > 0 && this.#flights < this.#most) {
        const asked = this.#next();
        // light-door.3: not in that of the update before, whose time may be over.
        asked.at(-1)?.context.runInAsyncScope(() => void this.#fly(asked));
      }
      if (this.#waiting.length > 0) this.#watch();
    });
  }

  /** light-door.3: those that have waited longest stand first. */
  #refuseLate(): void {
    const now = performance.now();
    const { waitMs = WAIT_MS } = this.#caller;
    const first = this.#waiting.findIndex(({ at }) => now - at < waitMs);
    const late = this.#waiting.splice(0, first === -1 ? this.#waiting.length : first);
    for (const { reject } of late)
      reject(new HostBusy(`A run of ${this.#goal.goal} has waited for ${waitMs} ms to be taken`));
  }

  #watch(): void {
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined;
      this.#due();
    }, LOOK_MS);
  }

  #next(): Waiting[] {
    let bytes = 0;
    let n = 0;
    for (const one of this.#waiting) {
      bytes += one.bytes;
      if (n === ASKS || (n > 0 && bytes > ASKS_BYTES)) break;
      n++;
    }
    return this.#waiting.splice(0, n);
  }

  async #fly(asked: Waiting[]): Promise<void> {
    this.#flights++;
    try {
      const { answers } = await this.#updated(lightRequest(asked.map(({ ask }) => ask)));
      for (const [i, { resolve }] of asked.entries()) resolve(answers[i] as LightAnswer);
      this.#most = Math.min(FLIGHTS, this.#most + 1);
    } catch (error) {
      for (const { reject } of asked) reject(error);
    } finally {
      this.#flights--;
      this.#due();
    }
  }

  async #updated(request: LightRequest): Promise<{ answers: LightAnswer[] }> {
    const { client, call } = this.#caller;
    const workflowId = lightHostId(this.#goal.goal, this.#place.n);
    for (let attempt = 1; ; attempt++) {
      const watch = setInterval(() => {
        endStuckHost(this.#caller, workflowId).catch(() => undefined);
      }, WATCH_MS);
      try {
        const updateId = crypto.randomUUID().replaceAll('-', '').slice(0, 12);
        const handle = client.workflow.getHandle(workflowId);
        const result = await call(() =>
          handle.executeUpdate<LightResult, [LightRequest]>(updateNames.pursueLight, {
            args: [request],
            updateId,
          }),
        );
        return lightResultSchema.parse(result);
      } catch (error) {
        if (error instanceof WorkflowNotFoundError && attempt < ATTEMPTS)
          await beginHost(this.#caller, this.#goal, this.#place, this.#startLeft);
        // light-door.2
        else if (attempt < ATTEMPTS && isBusy(error)) {
          if (grpcCode(error) === grpcCodes.RESOURCE_EXHAUSTED) this.#most = Math.ceil(this.#most / 2);
          await new Promise((resolve) => setTimeout(resolve, AGAIN_MS * Math.min(attempt, 8)));
        } else {
          // Whoever asks again finds another host.
          await endStuckHost(this.#caller, workflowId).catch(() => undefined);
          throw error;
        }
      } finally {
        clearInterval(watch);
      }
    }
  }
}

/** Whether the host goes on in another execution, or has as much in flight as it takes. */
function isBusy(error: unknown): boolean {
  if (error instanceof WorkflowUpdateFailedError)
    return (
      error.cause instanceof ApplicationFailure && [HOST_CLOSING, ENDED].includes(error.cause.type ?? '')
    );
  const code = grpcCode(error);
  return code === grpcCodes.RESOURCE_EXHAUSTED || code === grpcCodes.ABORTED;
}

const doors = new WeakMap<Client, Map<string, Door>>();

/** Asks a host for the run of a key. Rejects with a `HostBusy` where it has more before it than it can take. */
export function askHost(
  caller: TemporalCaller,
  publication: LightGoal,
  { n, hosts }: { n: number; hosts: number },
  ask: LightAsk,
  startLeft: StartLeft,
): Promise<LightAnswer> {
  const ofClient = doors.get(caller.client) ?? new Map<string, Door>();
  doors.set(caller.client, ofClient);
  const place = `${publication.taskQueue}\n${lightHostId(publication.goal, n)}`;
  const door = ofClient.get(place) ?? new Door(caller, publication, { n, hosts }, startLeft);
  ofClient.set(place, door);
  return door.ask(ask);
}
