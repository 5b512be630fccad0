// What a test of the engine stands on: a worker of its own queues on the suite's server, and a reader of stories.

import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { pino } from 'pino';
import type { AlertOptions } from '../../activities/alerts/sinks.ts';
import type { Binding } from '../../activities/bind.ts';
import { type RunningWorker, startWorker, type WorkerOptions } from '../../activities/worker.ts';
import type { Goal } from '../../goals/index.ts';
import { runStart } from '../../goals/wire/run-start.ts';
import { sealedService } from '../../process/sealing/sealed-service.ts';
import type { Sealing } from '../../process/sealing/sealing.ts';
import { sealingFrom } from '../../process/sealing/watched-keys.ts';
import { type RunStory, runView } from '../../views/run-view.ts';
import { bundled } from '../bundled.ts';
import { temporalAddress } from '../temporal-address.ts';
import '../quiet-runtime.ts';

let counter = 0;

/** A text that no other test has. */
export const fresh = (name: string): string =>
  `${name}-${process.pid}-${Date.now().toString(36)}-${counter++}`;

export class Workbench {
  readonly client: Client;
  readonly taskQueue = fresh('q');
  readonly #connection: Connection;
  readonly #workers: RunningWorker[] = [];

  readonly #address: string;
  readonly #sealing: Sealing;

  private constructor(connection: Connection, address: string, sealing: Sealing) {
    this.#sealing = sealing;
    Object.defineProperty(connection, 'workflowService', {
      value: sealedService(connection.workflowService, sealing),
    });
    this.#connection = connection;
    this.#address = address;
    this.client = new Client({ connection });
  }

  /** At the suite's server, or at one of the test's own. With GOALKEEPER_KEYS set, everything is sealed. */
  static async open(address = temporalAddress): Promise<Workbench> {
    return new Workbench(
      await Connection.connect({ address }),
      address,
      await sealingFrom(process.env, pino({ level: 'silent' })),
    );
  }

  async worker(
    goalsModule: string,
    goals: readonly Goal[],
    jobs: readonly Binding[],
    taskQueue = this.taskQueue,
    alerts: Partial<AlertOptions> = {},
    more: Partial<WorkerOptions> = {},
  ): Promise<RunningWorker> {
    // With plugins it is another one.
    if (more.plugins === undefined) await bundled(goalsModule);
    const worker = await startWorker({
      goalsModule,
      goals,
      jobs,
      version: Date.now(),
      address: this.#address,
      taskQueue,
      alerts,
      sealing: this.#sealing,
      ...more,
      log: pino({ level: process.env.LOG_LEVEL ?? 'silent' }),
    });
    this.#workers.push(worker);
    return worker;
  }

  /** Starts a run as the gateway does. */
  start(goal: Goal, input: unknown, taskQueue = this.taskQueue): Promise<WorkflowHandle> {
    const why = { kind: 'request' as const, at: new Date().toISOString(), by: null, reason: null, ref: null };
    return this.client.workflow.start(goal.name, {
      ...runStart(goal, input, why),
      taskQueue,
      args: [input],
    });
  }

  /** The story so far, from the real history and what is pending. */
  async story({ workflowId }: { workflowId: string }): Promise<RunStory> {
    const handle = this.client.workflow.getHandle(workflowId);
    const { raw, runId } = await handle.describe();
    const { events } = await this.client.workflow.getHandle(workflowId, runId).fetchHistory();
    return runView({
      id: workflowId,
      execution: runId,
      events: events ?? [],
      pendingActivities: raw.pendingActivities ?? [],
      now: Date.now(),
    });
  }

  /** The story of a run, once it is closed. */
  async closed(handle: WorkflowHandle): Promise<RunStory> {
    await handle.result().catch(() => undefined);
    return this.story(handle);
  }

  /** Pursues a goal to its end. */
  async pursue(goal: Goal, input: unknown): Promise<RunStory> {
    return this.closed(await this.start(goal, input));
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop().catch(() => undefined)));
    await this.#connection.close();
  }
}
