// The call that starts an execution, with what the SDK's own `start` has no option for: the ID of the request, and
// whether it was this call that started it.

import type { Client, WorkflowService } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { temporal as proto } from '@temporalio/proto';
import type { runStart } from '../goals/wire/run-start.ts';
import { workflowIdConflictPolicy, workflowIdReusePolicy } from '../goals/wire/temporal-enums.ts';
import { grpcCode, grpcCodes } from './grpc-codes.ts';
import { protoTime } from './proto-time.ts';

/** A client, and how calls are made with it: those of the gateway have a deadline. */
export interface TemporalCaller {
  readonly client: Client;
  /** So long a light run may wait for its host to take it. */
  readonly waitMs?: number;
  call<T>(make: (service: WorkflowService) => Promise<T>): Promise<T>;
}

const REUSE = {
  closed: workflowIdReusePolicy.ALLOW_DUPLICATE,
  failed: workflowIdReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY,
  none: workflowIdReusePolicy.REJECT_DUPLICATE,
};

/** A payload that is handed on as it is, as its value lies in external storage. */
export class RawPayload {
  readonly payload: proto.api.common.v1.IPayload;

  constructor(payload: proto.api.common.v1.IPayload) {
    this.payload = payload;
  }
}

export interface Execution {
  /** Of a run: what `runStart` says. */
  start: {
    workflowId: string;
    memo: Record<string, unknown>;
    typedSearchAttributes: ReturnType<typeof runStart>['typedSearchAttributes'];
    staticSummary: string;
    /** In milliseconds. Default: Temporal's. */
    workflowTaskTimeout?: number;
    /** In milliseconds. Default: none. */
    workflowRunTimeout?: number;
    priority?: { priorityKey?: number; fairnessKey?: string };
  };
  /** The goal's name. */
  type: string;
  taskQueue: string;
  /** Values, or payloads as a history has them. */
  args: readonly unknown[];
  /** The same for what is to start once: Temporal returns the execution that a request of this ID has started. */
  requestId: string;
  /** Which end of an earlier execution under the same ID does not forbid it, and whether one that runs is as good. */
  after: 'none' | 'failed' | 'closed';
  whenRunning: 'join' | 'refuse';
  /** Marks an execution that is joined with the request's ID, for as long as Temporal knows it: one event in its history. */
  marks?: boolean;
}

export interface StartedExecution {
  execution: string;
  /** By this call, or an earlier one of its request ID. */
  started: boolean;
  /** The event its history begins with when this call has started it, but for its time. */
  first: proto.api.history.v1.IHistoryEvent;
}

/** Null when there is an execution already that forbids it. */
export async function startExecution(
  { client, call }: TemporalCaller,
  { start, type, taskQueue, args, requestId, after, whenRunning, marks = false }: Execution,
): Promise<StartedExecution | null> {
  const attributes = {
    workflowType: { name: type },
    taskQueue: { name: taskQueue },
    input: { payloads: args.map((arg) => (arg instanceof RawPayload ? arg.payload : payloadOf(arg))) },
    memo: { fields: mapped(start.memo, payloadOf) },
    searchAttributes: {
      indexedFields: Object.fromEntries(
        start.typedSearchAttributes.map(({ key, value }) => [key.name, attributeOf(value)]),
      ),
    },
    ...(start.priority === undefined ? {} : { priority: start.priority }),
  };
  const userMetadata = { summary: payloadOf(start.staticSummary) };
  try {
    const response = await call((service) =>
      service.startWorkflowExecution({
        namespace: client.options.namespace,
        identity: client.options.identity,
        requestId,
        workflowId: start.workflowId,
        ...attributes,
        userMetadata,
        ...(start.workflowTaskTimeout === undefined
          ? {}
          : { workflowTaskTimeout: protoTime(start.workflowTaskTimeout) }),
        ...(start.workflowRunTimeout === undefined
          ? {}
          : { workflowRunTimeout: protoTime(start.workflowRunTimeout) }),
        workflowIdReusePolicy: REUSE[after],
        ...(marks ? { onConflictOptions: { attachRequestId: true } } : {}),
        workflowIdConflictPolicy:
          whenRunning === 'join' ? workflowIdConflictPolicy.USE_EXISTING : workflowIdConflictPolicy.FAIL,
      }),
    );
    return {
      execution: response.runId as string,
      started: response.started === true,
      first: { userMetadata, workflowExecutionStartedEventAttributes: attributes },
    };
  } catch (error) {
    if (grpcCode(error) === grpcCodes.ALREADY_EXISTS) return null;
    throw error;
  }
}

const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value) as Payload;

function attributeOf(value: string | string[]): proto.api.common.v1.IPayload {
  const { metadata, data } = payloadOf(value);
  const type = new TextEncoder().encode(typeof value === 'string' ? 'Keyword' : 'KeywordList');
  return { metadata: { ...metadata, type }, data: data ?? null };
}

const mapped = <T, R>(record: Record<string, T>, change: (value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
