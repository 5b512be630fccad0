// A process has one runtime of Temporal's SDK, and in it one log: here what is wrong, and no signals.

import { DefaultLogger, Runtime } from '@temporalio/worker';

Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: [] });
