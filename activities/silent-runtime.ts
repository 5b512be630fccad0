import { DefaultLogger, Runtime } from '@temporalio/worker';
import { FORWARDED_LOGGING } from './log.ts';

/**
 * For a command whose output is its report: Temporal's SDK logs nothing. Call it before anything else of the SDK, and what it
 * returns at the end: where no worker was made, the SDK would keep the process alive.
 */
export function silentRuntime(): () => Promise<void> {
  const runtime = Runtime.install({
    logger: new DefaultLogger('ERROR', () => undefined),
    shutdownSignals: [],
    telemetryOptions: { logging: FORWARDED_LOGGING },
  });
  return () => runtime.shutdown();
}
