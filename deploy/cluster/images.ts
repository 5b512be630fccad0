// What stands for a container image on this machine: its programs, what it sets by itself, and what its entry point does
// before the command. An image that has no such thing here is left out, and said to be.

import { mkdir } from 'node:fs/promises';
import { devNull } from 'node:os';
import { delimiter, join } from 'node:path';
import { asPostgres, handOver, initDatabase } from './postgres.ts';
import type { Started } from './started.ts';
import type { TemporalServerFiles } from './temporal-server-binary.ts';

export interface Toolbox {
  temporal: TemporalServerFiles;
  /** The folder of PostgreSQL's programs. */
  postgres: string;
}

export interface Prepared {
  command: string;
  args: string[];
  env: NodeJS.ProcessEnv;
  /** Whether it is one of our own, which tells its parent when it is ready. */
  ready: boolean;
}

export interface Image {
  prepare(one: Started, here: (text: string) => string): Promise<Prepared>;
}

/** Null when nothing stands for it here. */
export function imageOf(name: string, tools: Toolbox): Image | null {
  if (name.startsWith('goalkeeper-')) return ours;
  if (name.startsWith('postgres:')) return postgres(tools);
  if (name.startsWith('temporalio/admin-tools:') || name.startsWith('temporalio/server:'))
    return temporal(tools);
  return null;
}

/** Nothing of this process's environment that was meant for it comes along. */
export function environmentOf({ service }: Started, here: (text: string) => string): NodeJS.ProcessEnv {
  const { PATH, HOME, TZ, XDG_CACHE_HOME } = process.env;
  const said = Object.entries(service.environment).map(([key, value]) => [key, here(value)] as const);
  return {
    // An image has no home of a user's, with a configuration file that leads elsewhere.
    TEMPORAL_CONFIG_FILE: devNull,
    ...Object.fromEntries(Object.entries({ PATH, HOME, TZ, XDG_CACHE_HOME }).filter(([, value]) => value)),
    ...Object.fromEntries(said),
  };
}

const argumentsOf = ({ service }: Started, here: (text: string) => string): string[] =>
  [...(service.entrypoint ?? []), ...(service.command ?? [])].map(here);

async function makeVolumes({ place }: Started): Promise<void> {
  for (const folder of place.paths.values())
    if (folder.includes('/volumes/')) await mkdir(folder, { recursive: true, mode: 0o700 });
}

const ours: Image = {
  async prepare(one, here) {
    await makeVolumes(one);
    const [program, ...args] = argumentsOf(one, here) as [string, ...string[]];
    const env = environmentOf(one, here);
    // In the image it is Node itself.
    return { command: program === 'node' ? process.execPath : program, args, env, ready: isServer(args) };
  },
};

const isServer = (args: readonly string[]): boolean =>
  args.some((word) => /(gateway|activities)\/main\.ts$|(landing|pages)\.ts$/.test(word));

const postgres = ({ postgres: bin }: Toolbox): Image => ({
  async prepare(one, here) {
    const env = environmentOf(one, here);
    const data = one.place.paths.get('/var/lib/postgresql/data') as string;
    await mkdir(join(data, '..'), { recursive: true });
    const { POSTGRES_USER: user = 'postgres', POSTGRES_PASSWORD_FILE: passwordFile = '' } = env;
    await initDatabase(data, { bin, user, passwordFile });
    await handOver(data);
    const [, ...args] = argumentsOf(one, here);
    // As the image does by its hba file: who comes over the network says the password.
    const listening = ['-D', data, '-h', one.host, '-k', ''];
    // Beside its data: killed, it would leave in /dev/shm what a container takes along.
    const memory = ['-c', 'dynamic_shared_memory_type=mmap'];
    const [command, ...rest] = [...asPostgres(), join(bin, 'postgres'), ...listening, ...memory, ...args] as [
      string,
      ...string[],
    ];
    return { command, args: rest, env, ready: false };
  },
});

const temporal = ({ temporal: { bin, entrypoint } }: Toolbox): Image => ({
  async prepare(one, here) {
    // Alpine's sh has pipefail, Debian's has not.
    const [command, ...args] = argumentsOf(one, here).map((text) =>
      text.replaceAll('/etc/temporal/entrypoint.sh', `bash ${entrypoint}`),
    ) as [string, ...string[]];
    const env = environmentOf(one, here);
    return { command, args, env: { ...env, PATH: `${bin}${delimiter}${env.PATH}` }, ready: false };
  },
});
