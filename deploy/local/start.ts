// `npm start [-- folder]`, `npm run demo` and `npm run example -- <name>`: everything on this machine, the folder's main job
// told as it goes, and then (but in a demo or an example) serving until Ctrl-C. Exit code 0 when all ended as it should.

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { unknownVariables } from '../../process/variables.ts';
import { mainJobOf, pursueMainJob } from './pursue-main-job.ts';
import { Stack } from './stack.ts';
import { Terminal } from './terminal.ts';

// What comes of it is its user's alone: databases, logs, what jobs write.
process.umask(0o077);

const terminal = new Terminal();
const interrupted = new AbortController();

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(name, () => {
    if (interrupted.signal.aborted) return;
    terminal.line('\nstopping');
    interrupted.abort(new Error('interrupted'));
  });

process.exitCode = await main().catch((error: Error) => {
  if (interrupted.signal.aborted) return 130;
  terminal.line(`\n${terminal.style('red', 'goalkeeper cannot go on:')} ${error.message}`);
  return 1;
});

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { demo: { type: 'boolean' }, example: { type: 'boolean' } },
    allowPositionals: true,
  });
  const folder = values.example
    ? await exampleOf(positionals[0])
    : resolve(positionals[0] ?? 'examples/warehouse');
  const mainJob = await mainJobOf(folder);
  const stack = new Stack({
    folder,
    mainJob,
    home: resolve('.goalkeeper'),
    port: portOf(process.env.PORT),
    environment: process.env,
    onProgress: (line) => terminal.line(terminal.style('dim', `  ${line}`)),
    signal: interrupted.signal,
  });
  const onInterrupt = new Promise<'interrupted'>((done) => {
    interrupted.signal.addEventListener('abort', () => done('interrupted'), { once: true });
  });
  try {
    terminal.line(terminal.style('bold', 'goalkeeper'));
    for (const warning of unknownVariables(process.env)) terminal.line(terminal.style('dim', `  ${warning}`));
    await stack.start();
    const broken = stack.broken.then((why): never => {
      throw new Error(why);
    });
    tellAddresses(stack);
    const pursuing = pursueMainJob(mainJob, stack.addresses.gateway, terminal, interrupted.signal);
    const { asMeant, last } = await Promise.race([pursuing, broken]);
    tellWhereNext(stack, last);
    if (values.demo || values.example) return asMeant ? 0 : 1;
    terminal.line(terminal.style('dim', '  Ctrl-C stops everything; what was pursued is kept.'));
    await Promise.race([onInterrupt, broken]);
    return 0;
  } finally {
    await stack.stop();
  }
}

function portOf(given: string | undefined): number {
  const port = given === undefined || given === '' ? 3000 : Number(given);
  if (Number.isInteger(port) && port > 0 && port < 65_536) return port;
  throw new Error(`PORT is '${given}'; give the number of a port, such as PORT=3001`);
}

/** An example is a folder of examples/ that says in `main-job.ts` what is pursued there. */
async function exampleOf(name: string | undefined): Promise<string> {
  const folders = await readdir('examples').catch(() => []);
  const names = folders.filter((folder) => existsSync(join('examples', folder, 'main-job.ts'))).sort();
  if (name !== undefined && names.includes(name)) return resolve('examples', name);
  const what = name === undefined ? 'which example?' : `there is no example '${name}'.`;
  throw new Error(`${what} Write: npm run example -- ${names.join(' | ')}`);
}

function tellAddresses({ addresses }: Stack): void {
  terminal.line(`  dashboard    ${terminal.style('bold', addresses.gateway)}, and the API for programs`);
  terminal.line(
    `  Temporal     ${addresses.temporal}${addresses.ui === null ? '' : `, its own UI ${addresses.ui}`}`,
  );
  terminal.line(`  logs         ${addresses.logs}`);
}

function tellWhereNext({ addresses: { gateway } }: Stack, last: string | null): void {
  const look = (path: string, what: string): void =>
    terminal.line(`    curl ${`${gateway}${path}`.padEnd(72)} ${terminal.style('dim', what)}`);
  terminal.line();
  terminal.line('  Where to look next');
  look('/goals', 'what there is, and how it stands');
  look('/runs', 'what was pursued: reached or not, and why not');
  if (last === null) {
    const body = `-H 'content-type: application/json' -d '{"input":{…}}'`;
    terminal.line(`    curl ${gateway}/goals/<goal>/runs ${body}   ${terminal.style('dim', 'pursue one')}`);
  } else {
    look(`/runs/${last}`, 'one run, step by step');
    look(`/runs/${last}/errors`, 'each of its errors, and what became of it');
  }
  terminal.line();
}
