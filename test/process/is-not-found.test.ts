import { NamespaceNotFoundError, WorkflowNotFoundError } from '@temporalio/client';
import { expect, test } from 'vitest';
import { isNotFound as isNotFoundByGateway } from '../../gateway/temporal/temporal.ts';
import { isNotFound } from '../../process/is-not-found.ts';

/** As a worker's connection has it; a client's says the message in `details` too. */
const refused = (code: number, message: string) =>
  Object.assign(new Error(message), { code, details: '', metadata: {} });

test.each([
  ['no workflow', new WorkflowNotFoundError('not found', 'a', undefined)],
  ['no history, by the development server', refused(5, 'workflow execution not found')],
  [
    'no history, by a server on a database',
    refused(3, 'Requested workflow history not found, may have passed retention period.'),
  ],
])('an execution is gone when there is %s', (_, error) => expect(isNotFound(error)).toBe(true));

test.each([
  ['a bad argument', refused(3, 'Invalid RunId.')],
  ['a server that is away', refused(14, 'no connection')],
  ['a namespace that the server does not read', refused(5, 'Namespace default is not found.')],
  ['the same, on the connection of a gateway', refused(5, '5 NOT_FOUND: Namespace default is not found.')],
  ['the same, by a client', new NamespaceNotFoundError('default')],
  ['a bug', new TypeError('undefined is no function')],
])('nothing is gone by %s', (_, error) => {
  expect(isNotFound(error)).toBe(false);
  expect(isNotFoundByGateway(error)).toBe(false);
});
