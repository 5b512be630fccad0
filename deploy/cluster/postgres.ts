// PostgreSQL as its container image runs it, with the PostgreSQL of this machine.

import { access, chmod, chown, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { runCommand } from '../local/child-process.ts';

const DEBIAN = '/usr/lib/postgresql';

/** The folder of PostgreSQL's programs: Debian's newest, else where PATH has them. */
export async function findPostgres(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const versions = (await readdir(DEBIAN).catch(() => [])).sort((a, b) => Number(b) - Number(a));
  const folders = [
    ...versions.map((version) => join(DEBIAN, version, 'bin')),
    ...(environment.PATH ?? '').split(delimiter),
  ];
  for (const folder of folders) {
    const missing = await access(join(folder, 'initdb')).then(
      () => false,
      () => true,
    );
    if (!missing) return folder;
  }
  throw new Error(
    `PostgreSQL was not found: no initdb in ${DEBIAN}/*/bin nor on PATH. Install it: apt install postgresql`,
  );
}

/** What a command is put behind, so that PostgreSQL's programs take it: they refuse to be run by root. */
export const asPostgres = (): string[] =>
  process.getuid?.() === 0
    ? ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups', '--inh-caps=-all']
    : [];

/** Makes a database cluster where there is none, with one superuser whose password the file holds. */
export async function initDatabase(
  data: string,
  { bin, user, passwordFile }: { bin: string; user: string; passwordFile: string },
): Promise<void> {
  const exists = await stat(join(data, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (exists) return;
  await mkdir(data, { recursive: true, mode: 0o700 });
  await handOver(data);
  // The password's own folder lets nobody else in: so it is handed over as a descriptor.
  const password = (await readFile(passwordFile, 'utf8')).trim();
  const script = `printf %s "$PASSWORD" | "$0" "$@" --pwfile=/dev/stdin`;
  const initdb = [
    join(bin, 'initdb'),
    '-D',
    data,
    '-U',
    user,
    '-A',
    'scram-sha-256',
    '-E',
    'UTF8',
    '--locale=C',
  ];
  const [command, ...args] = [...asPostgres(), 'sh', '-c', script, ...initdb] as [string, ...string[]];
  await runCommand(command, args, { env: { ...process.env, PASSWORD: password }, limitMs: 60_000 });
}

/** Lets PostgreSQL's user have a folder. */
export async function handOver(folder: string): Promise<void> {
  await chmod(folder, 0o700);
  if (process.getuid?.() !== 0) return;
  const line = (await readFile('/etc/passwd', 'utf8')).split('\n').find((one) => one.startsWith('postgres:'));
  if (line === undefined)
    throw new Error('this machine has no user `postgres`, whom PostgreSQL could run as');
  const [, , uid, gid] = line.split(':').map(Number);
  await chown(folder, uid as number, gid as number);
}
