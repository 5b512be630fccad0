// Registers goalkeeper's search attributes in the namespace, when a worker starts.

import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { searchAttributeTypes } from '../goals/wire/names.ts';
import { grpcCode, grpcCodes, isNamespaceUnknown } from '../process/grpc-codes.ts';
import { StartProblem } from '../process/start-problem.ts';

/** The types as Temporal's command line writes them. */
const CLI_TYPES = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList' } as const;

/**
 * Registers the search attributes that a namespace lacks. Where the worker may not, a `StartProblem` says which
 * command an administrator runs instead.
 */
export async function registerSearchAttributes(
  connection: Connection | NativeConnection,
  namespace: string,
): Promise<void> {
  // Asked first: Temporal Cloud has no such service as registers them.
  if (await onceKnown(() => areUsable(connection, namespace))) return;
  await register(connection, namespace);
  await untilUsable(connection, namespace);
}

const KNOWN_WITHIN_MS = 10_000;

/** A server that has just begun may say that it has no such namespace, while it does not read its database yet; or somebody makes it beside us. */
async function onceKnown<T>(ask: () => Promise<T>): Promise<T> {
  for (const until = Date.now() + KNOWN_WITHIN_MS; ; ) {
    try {
      return await ask();
    } catch (error) {
      if (!isNamespaceUnknown(error) || Date.now() > until) throw error;
    }
    await delay(200);
  }
}

const USABLE_WITHIN_MS = 15_000;

/** The server takes new attributes into use a moment after it has registered them, whoever did. */
async function untilUsable(connection: Connection | NativeConnection, namespace: string): Promise<void> {
  for (const until = Date.now() + USABLE_WITHIN_MS; ; ) {
    if (await areUsable(connection, namespace)) return;
    if (Date.now() > until)
      throw new StartProblem(
        'search_attributes_unusable',
        `the namespace '${namespace}' has search attributes registered, and takes no query by them; look at Temporal's visibility store`,
      );
    await delay(50);
  }
}

/** Whether runs can be found by all of them. */
async function areUsable(connection: Connection | NativeConnection, namespace: string): Promise<boolean> {
  const query = Object.keys(searchAttributeTypes)
    .map((name) => `${name} IS NULL`)
    .join(' AND ');
  try {
    await connection.workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 });
    return true;
  } catch (error) {
    if (grpcCode(error) === grpcCodes.INVALID_ARGUMENT) return false;
    throw error;
  }
}

async function register(connection: Connection | NativeConnection, namespace: string): Promise<void> {
  const wanted = Object.keys(searchAttributeTypes) as (keyof typeof searchAttributeTypes)[];
  let missing = wanted;
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    missing = wanted.filter((name) => customAttributes?.[name] === undefined);
    if (missing.length === 0) return;
    const { IndexedValueType } = proto.temporal.api.enums.v1;
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(
        missing.map((name) => [name, IndexedValueType[`INDEXED_VALUE_TYPE_${searchAttributeTypes[name]}`]]),
      ),
    });
  } catch (error) {
    // Another worker was quicker.
    if (grpcCode(error) === grpcCodes.ALREADY_EXISTS) return;
    if (
      isGrpcServiceError(error) &&
      [grpcCodes.PERMISSION_DENIED, grpcCodes.UNIMPLEMENTED].includes(Number(error.code))
    ) {
      const flags = missing
        .map((name) => `--name ${name} --type ${CLI_TYPES[searchAttributeTypes[name]]}`)
        .join(' ');
      throw new StartProblem(
        'search_attributes_forbidden',
        `this worker may not register search attributes in the namespace '${namespace}'. Let an administrator run:\n` +
          `  temporal operator search-attribute create --namespace ${namespace} ${flags}\n` +
          "In Temporal Cloud add them, with these types, to the namespace's custom search attributes.",
      );
    }
    throw error;
  }
}
