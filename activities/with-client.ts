import { Client } from '@temporalio/client';
import { sealingFrom } from '../process/sealing/watched-keys.ts';
import { temporalSettings } from '../process/temporal-settings.ts';
import { problemOfAnswer } from '../process/why-unreachable.ts';
import { connect } from './connect.ts';

const SILENT = { info: () => undefined, error: () => undefined };

/**
 * For a command: connects to where these variables say that Temporal is, and disconnects at the end.
 * @throws StartProblem where it cannot be reached, or refuses
 */
export async function withClient<T>(
  environment: NodeJS.ProcessEnv,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const temporal = temporalSettings(environment);
  const sealing = await sealingFrom(environment, SILENT);
  const connection = await connect(temporal.address, temporal, sealing);
  try {
    return await use(new Client({ connection, namespace: temporal.namespace }));
  } catch (error) {
    throw problemOfAnswer(error, temporal) ?? error;
  } finally {
    sealing.stop();
    await connection.close();
  }
}
