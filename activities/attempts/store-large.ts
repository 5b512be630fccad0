// A large result is stored before its attempt ends: else the engine would store it after, and what went wrong there
// would be no error of the step, but an attempt that left none.

import { Context } from '@temporalio/activity';
import { defaultPayloadConverter, type Payload, type PayloadCodec } from '@temporalio/common';
import { LINES_BYTES } from '../../goals/wire/attempt-lines.ts';
import { jsonBytes, LEDGER_BYTES, type StepResult } from '../../goals/wire/ledger.ts';
import { MAY_BE_STORED_BYTES } from '../../goals/wire/stored.ts';
import { outputNotStored } from './classify.ts';

/** A ledger with its lines, and the names of the fields. */
const BESIDE_BYTES = LEDGER_BYTES + LINES_BYTES + 100;

/** The result, and marked when it is large; what the engine stores afterwards is there already. `outputBytes` as JSON. */
export async function storeLarge(result: StepResult, outputBytes: number): Promise<StepResult> {
  // As nearly all are, which need not be written once more to be measured.
  if (outputBytes + BESIDE_BYTES < MAY_BE_STORED_BYTES) return result;
  const bytes = jsonBytes(result);
  const { client, info, cancellationSignal } = Context.current();
  const { externalStorage } = client.options.loadedDataConverter;
  if (bytes < MAY_BE_STORED_BYTES || externalStorage === undefined) return result;
  const large: StepResult = { ...result, large: true };
  const target = {
    kind: 'workflow' as const,
    namespace: info.namespace,
    ...(info.workflowExecution === undefined
      ? {}
      : { id: info.workflowExecution.workflowId, runId: info.workflowExecution.runId }),
    ...(info.workflowType === undefined ? {} : { type: info.workflowType }),
  };
  try {
    const inClear = defaultPayloadConverter.toPayload(large) as Payload;
    const payload = await encoded(client.options.loadedDataConverter.payloadCodecs, inClear);
    const context = { target, abortSignal: cancellationSignal };
    await externalStorage.driverSelector(context, payload)?.store(context, [payload]);
  } catch (error) {
    throw outputNotStored(bytes, error);
  }
  return large;
}

/** As the engine will: a large payload is sealed alike each time. */
async function encoded(codecs: readonly PayloadCodec[], payload: Payload): Promise<Payload> {
  let [result] = [payload];
  for (const codec of codecs) [result = result] = await codec.encode([result]);
  return result;
}
