// The keys of a process as the file has them: read when the process starts, and anew when the file changes. A broken file
// changes nothing.

import { StartProblem } from '../start-problem.ts';
import { KeyFileInvalid, readKeyFile } from './key-file.ts';
import { type Sealing, sealingWith, unsealed } from './sealing.ts';
import { SealingKeys } from './sealing-keys.ts';

const LOOK_MS = 2_000;

/** A process's log, as far as keys need one. */
export interface KeysLog {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

interface KeysOptions {
  unopened?: Sealing['unopened'];
  lookMs?: number;
}

/**
 * By the file that GOALKEEPER_KEYS names; without it nothing is sealed.
 * @throws StartProblem `keys_invalid`
 */
export async function sealingFrom(
  { GOALKEEPER_KEYS: path }: NodeJS.ProcessEnv,
  log: KeysLog,
  { unopened = 'throws', lookMs = LOOK_MS }: KeysOptions = {},
): Promise<Sealing> {
  if (!path) return unsealed(unopened);
  let { keys, text } = await readKeyFile(path).catch((error: unknown) => {
    throw new StartProblem('keys_invalid', `GOALKEEPER_KEYS names ${path}: ${reasonOf(error)}`, {
      cause: error,
    });
  });
  let ring = new SealingKeys(keys);
  if (ring.sealsBy() === null)
    throw new StartProblem(
      'keys_invalid',
      `GOALKEEPER_KEYS names ${path}, of which no key seals yet: see \`from\``,
    );
  let broken: string | null = null;

  const look = async (): Promise<void> => {
    let said: string | null = null;
    try {
      const now = await readKeyFile(path);
      const next = now.text === text ? ring : new SealingKeys(now.keys);
      if (next.sealsBy() === null) throw new KeyFileInvalid('no key of it seals yet: see `from`');
      if (next !== ring) {
        ring = next;
        ({ keys, text } = now);
        log.info({ file: path, keys: ring.ids, seals: ring.sealsBy() }, 'the file of keys is read anew');
      }
    } catch (error) {
      said = reasonOf(error);
    }
    if (said !== null && said !== broken)
      log.error({ file: path, reason: said }, 'the file of keys is broken: the keys before it stay in force');
    if (said === null && broken !== null) log.info({ file: path }, 'the file of keys is well formed again');
    broken = said;
  };

  let renewing: Promise<void> | null = null;
  const renew = (): Promise<void> => {
    renewing ??= look().finally(() => {
      renewing = null;
    });
    return renewing;
  };
  let isStopped = false;
  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => void renew().finally(next), lookMs);
    timer.unref();
  };
  next();
  const stop = (): void => {
    isStopped = true;
    clearTimeout(timer);
  };
  return sealingWith(() => ring, { unopened, stop, renew });
}

const reasonOf = (error: unknown): string =>
  error instanceof KeyFileInvalid ? error.message : 'it cannot be read';
