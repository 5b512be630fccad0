// The worker's process: `node --import tsx activities/main.ts <team folder>`.
// TEMPORAL_… and Temporal's configuration file say where Temporal is (process/temporal-settings.ts);
// GOALKEEPER_TASK_QUEUE, GOALKEEPER_VERSION and LOG_LEVEL where and how it works;
// alerts/sinks.ts reads GOALKEEPER_ALERT_….
// GOALKEEPER_SLOTS_… and GOALKEEPER_DRAIN how much it does at once, and how it ends,
// GOALKEEPER_PREFLIGHT whether code starts that would break open runs (docs/guide/deploying.md),
// GOALKEEPER_STORAGE where payloads of more than 256 KiB go (docs/guide/large-data.md),
// GOALKEEPER_RECORDS_DIR and _URL where the records of closed runs are kept (docs/reference/run-record.md),
// METRICS_PORT, METRICS_HOST and TEMPORAL_METRICS where metrics are told (docs/guide/operations.md).

import { runWorkerProcess } from './worker-process.ts';

await runWorkerProcess(process.argv[2]);
