// `npm run test:cluster [-- vitest's arguments]`: the suite against a team's Temporal on PostgreSQL, as
// docker-compose.yml says it, instead of the development server. Tests that start servers of their own go on doing so.

import { runCommand } from '../local/child-process.ts';
import { startCluster } from './cluster.ts';

const LIMIT_MS = 3_600_000;

const interrupted = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => interrupted.abort(new Error('were interrupted')));

const cluster = await startCluster({
  services: ['namespace'],
  onProgress: (line) => console.log(line),
  signal: interrupted.signal,
});
try {
  await runCommand('npx', ['vitest', 'run', ...process.argv.slice(2)], {
    env: { ...process.env, TEMPORAL_ADDRESS: cluster.address },
    limitMs: LIMIT_MS,
    signal: interrupted.signal,
    onLine: (line) => console.log(line),
  });
} catch (error) {
  console.error(`the tests ${(error as Error).message.split('\n', 1)[0]}`);
  process.exitCode = 1;
} finally {
  await cluster.stop();
}
