// Runs a job in a container, through the command line of Docker or what is compatible with it: a command (command.ts)
// whose program is the engine. In the container a job is told the same, and answers the same.

import { randomUUID } from 'node:crypto';
import { accessSync, constants } from 'node:fs';
import { basename, delimiter, join } from 'node:path';
import type { Duration } from '../../goals/duration.ts';
import type { AnyRunner, JobContext } from '../bind.ts';
import { jobEnvironment } from './command/job-environment.ts';
import { checkedGraceMs, programRunner } from './command.ts';

/** Options of `container`. */
export interface ContainerOptions {
  /** The image, such as `registry/train:7`. */
  image: string;
  /** The program and its arguments. @default the image's own */
  argv?: readonly string[];
  /** Variables of its environment. It also gets those of the image, the secrets that the job names, and GOALKEEPER_…. @default {} */
  env?: Readonly<Record<string, string>>;
  /** The most memory that it may hold, in MiB. The engine enforces it. @default no limit */
  memoryMb?: number;
  /** Linux capabilities that it keeps, such as `['NET_BIND_SERVICE']`. @default none */
  capabilities?: readonly string[];
  /** A program in it may gain privileges (setuid). @default false */
  newPrivileges?: boolean;
  /** The most processes and threads at once. @default 1000 */
  pids?: number;
  /** Its network: `none`, or a name. @default the engine's */
  network?: string;
  /** More options of the engine's `run`, such as `['--volume', '/data:/data:ro']`. @default none */
  options?: readonly string[];
  /** The engine's command, with options where it needs them. @default `docker`, or `podman` on a machine without `docker` */
  engine?: string | readonly string[];
  /** How long it may take to end after SIGTERM before the worker kills it; up to `'7s'`. @default '5s' */
  grace?: Duration;
}

const PIDS = 1000;

/** What of the worker's environment is the engine's: where it is, whose it is, how it gets out. */
const ENGINES_OWN = /^(?:PATH|HOME|USER|TMPDIR|XDG_\w+|DOCKER_\w+|CONTAINERS?_\w+|(?:https?|no)_proxy)$/i;

/**
 * Runs a job in a container, through Docker's command line or a compatible one. Its program has the contract of a `command`.
 *
 * @throws TypeError with all mistakes in the options.
 * @example
 * ```ts
 * import { job } from 'goalkeeper';
 * import { bind, container } from 'goalkeeper/worker';
 * import { z } from 'zod';
 *
 * const train = job({ name: 'train', input: z.object({ day: z.string() }), output: z.object({ loss: z.number() }) });
 *
 * export const jobs = [bind(train, container({ image: 'registry/train:7', memoryMb: 2048, network: 'none' }))];
 * ```
 */
export function container(options: ContainerOptions): AnyRunner {
  const { image, argv = [], env = {} } = options;
  const graceMs = checkedGraceMs({ ...options, argv: [image, ...argv] });
  // It would be read as an option.
  if (image.startsWith('-')) throw new TypeError(`a container's image is '${image}'; give the name of one`);
  const { pids = PIDS } = options;
  if (!Number.isInteger(pids) || pids < 1)
    throw new TypeError(`a container's pids is ${pids}; give how many processes it may have, such as 1000`);
  const engine = typeof options.engine === 'string' ? [options.engine] : (options.engine ?? [foundEngine()]);
  return programRunner((context) => {
    const name = `gk-${context.goal.slice(0, 60)}-${randomUUID()}`;
    const { own, theirs } = environments(env);
    return {
      name: image,
      argv: [...engine, ...runArguments(options, engine, name, own, context), image, ...argv],
      env: theirs,
      output: 'stdout',
      graceMs,
      // Killing the engine's command would leave the container running.
      // Killed first: podman's `rm` would ask it politely, and wait.
      endWith: [
        [...engine, 'kill', name],
        [...engine, 'rm', '--force', name],
      ],
    };
    // Until the engine has removed it.
  }, graceMs + 3000);
}

function runArguments(
  {
    memoryMb,
    capabilities = [],
    newPrivileges = false,
    pids = PIDS,
    network,
    options = [],
  }: ContainerOptions,
  engine: readonly string[],
  name: string,
  env: readonly string[],
  context: JobContext,
): string[] {
  // By name: the engine's command line can be read by everybody on the machine.
  const byName = [...Object.keys(context.secrets), ...Object.keys(jobEnvironment(context, 1))];
  return [
    // --init: as a container's first process a program would not hear SIGTERM.
    ...['run', '--rm', '--interactive', '--init', '--name', name],
    ...['--label', `goalkeeper.run=${context.run}`, '--label', `goalkeeper.step=${context.step}`],
    ...[...env, ...byName].flatMap((one) => ['--env', one]),
    '--cap-drop=ALL',
    ...capabilities.map((one) => `--cap-add=${one}`),
    ...(newPrivileges ? [] : ['--security-opt=no-new-privileges']),
    `--pids-limit=${pids}`,
    // Else it hands on the proxies of its own environment, which is the worker's.
    ...(basename(engine[0] ?? '') === 'podman' ? ['--http-proxy=false'] : []),
    ...(memoryMb === undefined ? [] : ['--memory', `${memoryMb}m`]),
    ...(network === undefined ? [] : ['--network', network]),
    ...options,
  ];
}

/** What the container's `--env` say, and the environment of the engine's command, which gives the values. */
function environments(env: Readonly<Record<string, string>>): {
  own: string[];
  theirs: Record<string, string>;
} {
  const engines = Object.entries(process.env).filter(([name]) => ENGINES_OWN.test(name));
  const byName = Object.entries(env).filter(([name]) => !ENGINES_OWN.test(name));
  return {
    // What would turn the engine's own head is given by value.
    own: Object.entries(env).map(([name, value]) => (ENGINES_OWN.test(name) ? `${name}=${value}` : name)),
    theirs: Object.fromEntries([...engines, ...byName]) as Record<string, string>,
  };
}

function foundEngine(): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const isThere = (program: string): boolean =>
    folders.some((folder) => {
      try {
        accessSync(join(folder, program), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
  return !isThere('docker') && isThere('podman') ? 'podman' : 'docker';
}
