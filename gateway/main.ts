// The gateway's process: `node --import tsx gateway/main.ts`.
// TEMPORAL_… and Temporal's configuration file say where Temporal is (process/temporal-settings.ts);
// PORT, HOST, GOALKEEPER_ALERTS_ID and LOG_LEVEL where and how it serves;
// GOALKEEPER_HOSTS are names, divided by commas, by which others than this machine may ask for it: whoever reaches it is
// then let in, so its network must keep out whom it should;
// GOALKEEPER_CALLBACK_SECRET, or _FILE, is what the workers sign callbacks with;
// GOALKEEPER_REDACT are a team's own patterns of secrets, for what callbacks tell;
// GOALKEEPER_STUCK_AFTER is for how long the task of a run must have failed for it to be stuck;
// GOALKEEPER_HOOKS declares the webhooks that become events;
// METRICS_PORT and METRICS_HOST are a port for metrics alone (docs/guide/operations.md).

import { runGatewayProcess } from './gateway-process.ts';

await runGatewayProcess();
