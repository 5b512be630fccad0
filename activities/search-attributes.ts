import { type Connection, isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import type { NativeConnection } from '@temporalio/worker';
import { StartProblem } from '../client/start-problem.ts';
import { searchAttributeTypes } from '../goals/wire/names.ts';

/** The types as Temporal's command line writes them. */
const CLI_TYPES = { KEYWORD: 'Keyword', KEYWORD_LIST: 'KeywordList' } as const;

const PERMISSION_DENIED = 7;
const ALREADY_EXISTS = 6;
const INVALID_ARGUMENT = 3;

/**
 * Registers the search attributes that a namespace lacks. Where the worker may not, a `StartProblem` says which
 * command an administrator runs instead.
 */
export async function registerSearchAttributes(
  connection: Connection | NativeConnection,
  namespace: string,
): Promise<void> {
  await register(connection, namespace);
  await untilUsable(connection, namespace);
}

const USABLE_WITHIN_MS = 15_000;

/** The server takes new attributes into use a moment after it has registered them, whoever did. */
async function untilUsable(connection: Connection | NativeConnection, namespace: string): Promise<void> {
  const query = Object.keys(searchAttributeTypes)
    .map((name) => `${name} IS NULL`)
    .join(' AND ');
  for (const until = Date.now() + USABLE_WITHIN_MS; ; ) {
    try {
      await connection.workflowService.listWorkflowExecutions({ namespace, query, pageSize: 1 });
      return;
    } catch (error) {
      if (!isGrpcServiceError(error) || Number(error.code) !== INVALID_ARGUMENT || Date.now() > until)
        throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
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
    if (isGrpcServiceError(error) && Number(error.code) === ALREADY_EXISTS) return;
    if (isGrpcServiceError(error) && Number(error.code) === PERMISSION_DENIED) {
      const flags = missing
        .map((name) => `--name ${name} --type ${CLI_TYPES[searchAttributeTypes[name]]}`)
        .join(' ');
      throw new StartProblem(
        'search_attributes_forbidden',
        `this worker may not register search attributes in the namespace '${namespace}'. Let an administrator run:\n` +
          `  temporal operator search-attribute create --namespace ${namespace} ${flags}`,
      );
    }
    throw error;
  }
}
