// A gateway that really listens, before the suite's Temporal server, and goals that no worker stands behind.

import { randomBytes } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { registerSearchAttributes } from '../../activities/search-attributes.ts';
import { type GatewayOptions, startGateway } from '../../gateway/server.ts';
import { type Temporal, temporalAt } from '../../gateway/temporal/temporal.ts';
import type { Hook } from '../../gateway/triggers/hooks.ts';
import type { BackfillTerms, PlannedRun } from '../../goals/wire/backfill.ts';
import { emptyLedger, enter } from '../../goals/wire/ledger.ts';
import {
  BACKFILL,
  backfillIdPrefix,
  CATALOGUE_ENTRY,
  catalogueEntryId,
  memoNames,
  searchAttributes,
} from '../../goals/wire/names.ts';
import type { Publication } from '../../goals/wire/publication.ts';
import { sealingFrom } from '../../process/sealing/watched-keys.ts';
import { temporalAddress } from '../temporal-address.ts';

export const silent = pino({ level: 'silent' });

/** Tells this file's goals and owners from those of other files, which share the server. */
export const unique = (name: string): string => `${name}-${randomBytes(4).toString('hex')}`;

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the gateway answers is looked at by the tests
  body: any;
}

export interface Asking {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  post(path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  delete(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
}

export const askingAt = (url: string): Asking => {
  const ask = async (path: string, init: RequestInit): Promise<Answer> => {
    const response = await fetch(url + path, init);
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? null : JSON.parse(text),
    };
  };
  return {
    get: (path, headers = {}) => ask(path, { headers }),
    delete: (path, body, headers = {}) =>
      ask(path, {
        method: 'DELETE',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      }),
    post: (path, body, headers = {}) =>
      ask(path, {
        method: 'POST',
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      }),
  };
};

/** The answer in the end: as any client does, it asks again where Temporal is too slow for the gateway's deadline. */
export async function answered(
  ask: () => Promise<Answer>,
  isLate = ({ status }: Answer): boolean => status === 503,
): Promise<Answer> {
  const until = Date.now() + 120_000;
  for (;;) {
    const answer = await ask();
    if (!isLate(answer) || Date.now() > until) return answer;
  }
}

/** A gateway for the test or file that asks, whatever its Temporal. */
export async function gatewayAt(
  address: string,
  namespace = 'default',
  onCall = () => {},
  alertsId = 'gk-alerts',
  hooks: readonly Hook[] = [],
  more: Partial<GatewayOptions> = {},
) {
  const sealing = await sealingFrom(process.env, silent, { unopened: () => undefined });
  const real = temporalAt(address, namespace, {}, sealing);
  const temporal: Temporal = {
    ...real,
    call: (make, ms) => {
      onCall();
      return real.call(make, ms);
    },
  };
  const gateway = await startGateway({
    ...{ host: '127.0.0.1', port: 0, temporal, alertsId, hooks, log: silent },
    ...more,
  });
  const stop = async (): Promise<void> => {
    await gateway.stop();
    await temporal.close();
  };
  const asking = askingAt(gateway.url);
  // A slow machine takes longer than the gateway's deadline; before a proxy or a strange namespace a 503 may be what is meant.
  const isPatient = address === temporalAddress && namespace === 'default';
  const patient = (ask: () => Promise<Answer>): Promise<Answer> =>
    isPatient ? answered(ask, ({ body }) => body?.code === 'temporal_unavailable') : ask();
  const get: Asking['get'] = (...asked) => patient(() => asking.get(...asked));
  const post: Asking['post'] = (...asked) => patient(() => asking.post(...asked));
  return { url: gateway.url, ...asking, get, post, stop };
}

/** The same, stopped when the test that asks is finished. */
export async function gatewayForTest(address: string, namespace?: string, alertsId?: string) {
  const gateway = await gatewayAt(address, namespace, undefined, alertsId);
  onTestFinished(gateway.stop);
  return gateway;
}

type Command = proto.temporal.api.command.v1.ICommand;
const { CommandType } = proto.temporal.api.enums.v1;
const polling = { namespace: 'default', identity: 'a test' };

const payloadsOf = (value: unknown) => ({
  payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from(JSON.stringify(value)) }],
});

const achievement = { output: { rows: 3 }, criteria: [{ name: 'rows arrived', met: true, message: null }] };

const completion = (result: object): Command => ({
  commandType: CommandType.COMMAND_TYPE_COMPLETE_WORKFLOW_EXECUTION,
  completeWorkflowExecutionCommandAttributes: { result: payloadsOf(result) },
});

const endings: Record<'achieved' | 'failed' | 'cancelled', Command> = {
  achieved: completion(achievement),
  failed: {
    commandType: CommandType.COMMAND_TYPE_FAIL_WORKFLOW_EXECUTION,
    failWorkflowExecutionCommandAttributes: { failure: { message: 'no' } },
  },
  cancelled: {
    commandType: CommandType.COMMAND_TYPE_CANCEL_WORKFLOW_EXECUTION,
    cancelWorkflowExecutionCommandAttributes: {},
  },
};

/** Temporal as a test sees it, with the search attributes of runs in place. */
export async function temporalBench(address: string) {
  const connection = await Connection.connect({ address });
  const client = new Client({ connection });
  await registerSearchAttributes(connection, 'default');
  await eventually(() => client.workflow.count(`${searchAttributes.owner} IS NOT NULL`).then(() => true));
  const dayInput = z.object({ day: z.iso.date(), region: z.string().optional() });

  /** Publishes a goal as a worker would, with nobody there to pursue it. */
  async function publish(goal: string, changes: Partial<Publication> = {}): Promise<Publication> {
    const publication: Publication = {
      goal,
      outcome: 'The day is in the warehouse',
      owner: 'data',
      team: 'warehouse',
      key: ['day'],
      deadlineMs: 7_200_000,
      criteria: ['rows arrived'],
      input: z.toJSONSchema(dayInput, { io: 'input' }),
      output: z.toJSONSchema(z.object({ rows: z.int() }), { io: 'input' }),
      jobs: [],
      needs: [],
      taskQueue: unique('nobody-polls'),
      deployment: 'test',
      version: 1,
      retired: false,
      ...changes,
    };
    await client.workflow.start(CATALOGUE_ENTRY, {
      workflowId: catalogueEntryId(goal),
      taskQueue: unique('nobody-polls'),
      args: [publication],
      memo: { [memoNames.publication]: publication },
      workflowIdConflictPolicy: 'TERMINATE_EXISTING',
    });
    await eventually(async () => {
      const seen = await client.workflow.count(
        `WorkflowId = '${catalogueEntryId(goal)}' AND ExecutionStatus = 'Running'`,
      );
      return seen.count > 0;
    });
    return publication;
  }

  /** Decides the next step of a run as its workflow would, in place of a worker. */
  async function decide(queue: string, id: string, command: Command): Promise<void> {
    for (;;) {
      const task = await client.withDeadline(Date.now() + 30_000, () =>
        client.workflowService.pollWorkflowTaskQueue({ ...polling, taskQueue: { name: queue } }),
      );
      // The server's own time for a poll is over.
      if (task.taskToken.length === 0) continue;
      const isMeant = task.workflowExecution?.workflowId === id;
      await client.workflowService.respondWorkflowTaskCompleted({
        ...polling,
        taskToken: task.taskToken,
        commands: isMeant ? [command] : [],
      });
      if (isMeant) return;
    }
  }

  const end = (queue: string, id: string, how: keyof typeof endings) => decide(queue, id, endings[how]);

  /** Plans backfills of a goal as often as somebody asks for a plan, until they have their answer. */
  async function planning<T>(
    queue: string,
    goal: string,
    items: readonly PlannedRun[],
    asking: Promise<T>,
  ): Promise<T> {
    const query = `WorkflowType = '${BACKFILL}' AND ExecutionStatus = 'Running' AND WorkflowId STARTS_WITH '${backfillIdPrefix(goal)}'`;
    let isAnswered = false;
    const end = () => {
      isAnswered = true;
    };
    asking.then(end, end);
    while (!isAnswered) {
      for await (const { workflowId, memo } of client.workflow.list({ query })) {
        const terms = memo?.[memoNames.backfillTerms] as BackfillTerms | undefined;
        if (terms?.dryRun !== true) continue;
        const { status } = await client.workflow.getHandle(workflowId).describe();
        // Lists lag behind.
        if (status.name === 'RUNNING') await decide(queue, workflowId, completion({ items }));
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return asking;
  }

  /** Begins an attempt of a step; `failing` then tells of its nth error, as the attempt itself would. */
  async function activity(queue: string, id: string, step: string) {
    await decide(queue, id, {
      commandType: CommandType.COMMAND_TYPE_SCHEDULE_ACTIVITY_TASK,
      scheduleActivityTaskCommandAttributes: {
        activityId: step,
        activityType: { name: step.replace(/#.*/, '') },
        taskQueue: { name: queue },
        startToCloseTimeout: { seconds: 600 as never },
      },
    });
    const poll = () =>
      client.withDeadline(Date.now() + 30_000, () =>
        client.workflowService.pollActivityTaskQueue({ ...polling, taskQueue: { name: queue } }),
      );
    let task = await poll();
    while (task.taskToken.length === 0) task = await poll();
    const { taskToken, attempt } = task;
    let ledger = emptyLedger();
    const failing = async (n: number): Promise<void> => {
      const at = new Date().toISOString();
      const error = { type: 'Error', code: 'upstream_down', message: 'down', fingerprint: 'x'.repeat(16) };
      const where = { server: 1, local: n, at, ms: 5, class: 'transient' as const, worker: 'a test' };
      ledger = enter(ledger, { ...error, ...where }, true);
      await client.workflowService.recordActivityTaskHeartbeat({
        ...polling,
        taskToken,
        details: payloadsOf({ gk: 1, ledger }),
      });
    };
    return { attempt, failing };
  }

  return { client, publish, end, planning, activity, close: () => connection.close() };
}

/** Resolves once it holds; what is not there yet may throw until then. At most half a minute. */
export async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    const [held, error] = await holds().then(
      (value) => [value, undefined] as const,
      (reason: unknown) => [false, reason] as const,
    );
    if (held) return;
    if (Date.now() > until) throw error ?? new Error('it did not come to hold in half a minute');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
