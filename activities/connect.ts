// A worker's connection to Temporal, or why there is none.

import { NativeConnection } from '@temporalio/worker';
import { sealedService } from '../process/sealing/sealed-service.ts';
import type { Sealing } from '../process/sealing/sealing.ts';
import { StartProblem } from '../process/start-problem.ts';
import { DEFAULT_NAMESPACE, type TemporalAccess } from '../process/temporal-settings.ts';
import { problemOfAnswer, whyUnreachable } from '../process/why-unreachable.ts';

/** @throws StartProblem `temporal_unreachable`, or the code of what keeps this process out. */
export async function connect(
  address: string,
  { namespace = DEFAULT_NAMESPACE, tls, apiKey, metadata }: TemporalAccess & { namespace?: string },
  sealing: Sealing,
): Promise<NativeConnection> {
  const access = {
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  };
  try {
    const connection = await NativeConnection.connect({ address, ...access });
    // Clients over it; the workers' own engine has a data converter (process/sealing/data-converter.ts).
    const workflowService = sealedService(connection.workflowService, sealing);
    return Object.defineProperty(connection, 'workflowService', { value: workflowService });
  } catch (error) {
    const known = problemOfAnswer(error, { address, namespace, ...access });
    throw known ?? (await whyUnreachable({ address, namespace, ...access })) ?? unreachable(address, error);
  }
}

const unreachable = (address: string, error: unknown): StartProblem =>
  new StartProblem(
    'temporal_unreachable',
    `no Temporal server answers at ${address} (${(error as Error).message}). Start one, or set TEMPORAL_ADDRESS to where it is.`,
  );
