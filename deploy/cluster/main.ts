// `npm run cluster [-- service …]`: what docker-compose.yml says, as plain processes on loopback, until Ctrl-C.
// GOALKEEPER_CLUSTER_HOME keeps data and logs in a folder, for the next start; else they go with the cluster.

import { readFile } from 'node:fs/promises';
import { describeExit } from '../local/child-process.ts';
import { Terminal } from '../local/terminal.ts';
import { type Cluster, startCluster } from './cluster.ts';

// What comes of it is its user's alone.
process.umask(0o077);

const terminal = new Terminal();
const interrupted = new AbortController();
let broken: (why: Error) => void = () => undefined;
const ending = new Promise<void>((resolve, reject) => {
  broken = reject;
  interrupted.signal.addEventListener('abort', () => resolve());
});
ending.catch(() => undefined);
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    if (!interrupted.signal.aborted) terminal.line('\nstopping');
    interrupted.abort(new Error('interrupted'));
  });

process.exitCode = await main().catch((error: Error) => {
  if (interrupted.signal.aborted) return 130;
  terminal.line(`\n${terminal.style('red', 'the cluster cannot go on:')} ${error.message}`);
  return 1;
});

async function main(): Promise<number> {
  const services = process.argv.slice(2);
  const cluster = await startCluster({
    home: process.env.GOALKEEPER_CLUSTER_HOME || undefined,
    services: services.length === 0 ? undefined : services,
    onProgress: (line) => terminal.line(terminal.style('dim', `  ${line}`)),
    onExit: (name, exit, tail) => broken(new Error(`${name} ${describeExit(exit)}\n${tail}`)),
    signal: interrupted.signal,
  });
  try {
    await tell(cluster);
    await ending;
    return 0;
  } finally {
    await cluster.stop();
  }
}

async function tell(cluster: Cluster): Promise<void> {
  const told = cluster.names.includes('main-job')
    ? await readFile(cluster.service('main-job').log, 'utf8').catch(() => '')
    : '';
  terminal.line(told.trimEnd());
  terminal.line();
  for (const { name, url } of cluster.gateways) terminal.line(`  ${name.padEnd(12)} ${url}`);
  terminal.line(`  token        ${cluster.home}/secrets/admin-token`);
  terminal.line(`  Temporal     ${cluster.address}`);
  terminal.line(`  logs         ${cluster.home}/logs`);
  for (const name of cluster.leftOut)
    terminal.line(
      terminal.style('dim', `  ${name.padEnd(12)} left out: nothing on this machine stands for its image`),
    );
  terminal.line(terminal.style('dim', '  Ctrl-C stops everything.'));
}
