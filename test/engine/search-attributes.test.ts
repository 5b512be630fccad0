import { Server, ServerCredentials, type ServerUnaryCall, type sendUnaryData } from '@grpc/grpc-js';
import { Connection } from '@temporalio/client';
import { afterAll, expect, test } from 'vitest';
import { registerSearchAttributes } from '../../activities/search-attributes.ts';
import { temporalAddress } from '../temporal-address.ts';
import { fresh } from './workbench.ts';

const servers: Server[] = [];
afterAll(() => {
  for (const server of servers) server.forceShutdown();
});

const INVALID_ARGUMENT = 3;
const PERMISSION_DENIED = 7;

/** A Temporal whose administrators keep the search attributes to themselves; that of the Cloud has no operator's service at all. */
async function strictTemporal({ cloud = false, has = false } = {}): Promise<string> {
  const server = new Server();
  servers.push(server);
  const bytes = (value: Buffer): Buffer => value;
  const method = (path: string) => ({
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: bytes,
    requestDeserialize: bytes,
    responseSerialize: bytes,
    responseDeserialize: bytes,
  });
  // An answer of no bytes is a message with every field at its default: there are no search attributes yet.
  const empty = (_call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void =>
    answer(null, Buffer.alloc(0));
  const denied = (_call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void =>
    answer({ code: PERMISSION_DENIED, details: 'not you' });
  const refused = (_call: ServerUnaryCall<Buffer, Buffer>, answer: sendUnaryData<Buffer>): void =>
    answer({ code: INVALID_ARGUMENT, details: 'invalid query' });
  server.addService(
    {
      ListWorkflowExecutions: method(
        '/temporal.api.workflowservice.v1.WorkflowService/ListWorkflowExecutions',
      ),
    },
    { ListWorkflowExecutions: has ? empty : refused },
  );
  server.addService(
    {
      GetSystemInfo: method('/temporal.api.workflowservice.v1.WorkflowService/GetSystemInfo'),
    },
    { GetSystemInfo: empty },
  );
  if (!cloud)
    server.addService(
      {
        ListSearchAttributes: method('/temporal.api.operatorservice.v1.OperatorService/ListSearchAttributes'),
        AddSearchAttributes: method('/temporal.api.operatorservice.v1.OperatorService/AddSearchAttributes'),
      },
      { ListSearchAttributes: empty, AddSearchAttributes: denied },
    );
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return `127.0.0.1:${port}`;
}

test.each([{ cloud: false }, { cloud: true }])(
  'where a worker may not register search attributes it says which command an administrator runs instead: %j',
  async (server) => {
    const connection = await Connection.connect({ address: await strictTemporal(server) });
    await expect(registerSearchAttributes(connection, 'default')).rejects.toMatchObject({
      code: 'search_attributes_forbidden',
      message: expect.stringContaining(
        'temporal operator search-attribute create --namespace default --name GkOwner --type Keyword',
      ),
    });
    await connection.close();
  },
);

test('in the Cloud, where nobody can be asked what is registered, attributes that are there are found by using them', async () => {
  const connection = await Connection.connect({ address: await strictTemporal({ cloud: true, has: true }) });
  await registerSearchAttributes(connection, 'default');
  await connection.close();
});

test('registering what is registered already, also by several workers at once, changes nothing', async () => {
  const connection = await Connection.connect({ address: temporalAddress });
  await Promise.all([1, 2, 3].map(() => registerSearchAttributes(connection, 'default')));
  await registerSearchAttributes(connection, 'default');
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: 'default',
  });
  expect(customAttributes).toMatchObject({ GkOwner: 2, GkTeam: 2 });
  await connection.close();
});

test('a namespace that is made while a worker starts is waited for', async () => {
  const connection = await Connection.connect({ address: temporalAddress });
  const namespace = fresh('made-late');
  const registered = registerSearchAttributes(connection, namespace);
  // The server has told it so as well.
  await expect(connection.workflowService.listWorkflowExecutions({ namespace })).rejects.toThrow(
    `Namespace ${namespace} is not found.`,
  );
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  await registered;
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  expect(customAttributes).toMatchObject({ GkOwner: 2, GkTeam: 2 });
  await connection.close();
});
