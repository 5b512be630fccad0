// The access file as a process has it, with the secrets that it names by file: read when the process starts, and anew when one of
// them changes. One that is broken changes nothing.

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { Logger } from 'pino';
import { z } from 'zod';
import { type SigningKey, signingKeySchema } from '../../goals/wire/decision-signature.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { type AccessFile, AccessFileInvalid, parseAccessFile } from './access-file.ts';
import type { KeyRing } from './sealed.ts';

const LOOK_MS = 2_000;
const KEY_BYTES = 32;

export interface Access {
  file: AccessFile;
  /** What seals sessions; empty where the file names none. */
  sessionKeys: KeyRing;
  /** What signs decisions; null where the file names no keys. */
  decisionKey: SigningKey | null;
  /** Of `signIn`; null where it names none. */
  clientSecret: string | null;
}

export interface WatchedAccess {
  /** As it was when it was last well formed. */
  current(): Access;
  /** Whether the file is as it is used, or broken since. */
  state(): 'current' | 'stale';
  stop(): void;
}

/**
 * Reads the file, and looks at it again each two seconds. Its content is compared, not its time: mounted files are
 * replaced by links. Rejects with a `StartProblem` when it is broken from the beginning.
 */
export async function watchAccess(path: string, log: Logger, lookMs = LOOK_MS): Promise<WatchedAccess> {
  let { access, text } = await readAccess(path).catch((error: unknown) => {
    throw new StartProblem('access_invalid', `GOALKEEPER_ACCESS names ${path}: ${reasonOf(error)}`, {
      cause: error,
    });
  });
  let broken: string | null = null;
  let isStopped = false;

  const look = async (): Promise<void> => {
    let said: string | null = null;
    try {
      const now = await readAccess(path);
      if (now.text !== text) log.info({ file: path }, 'the access file is read anew');
      ({ access, text } = now);
    } catch (error) {
      said = reasonOf(error);
    }
    if (said !== null && said !== broken)
      log.error({ file: path, reason: said }, 'the access file is broken: the one before it stays in force');
    if (said === null && broken !== null) log.info({ file: path }, 'the access file is well formed again');
    broken = said;
  };

  let timer: NodeJS.Timeout | undefined;
  const next = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => void look().finally(next), lookMs);
    timer.unref();
  };
  next();
  return {
    current: () => access,
    state: () => (broken === null ? 'current' : 'stale'),
    stop() {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

/** `text`: all that was read, to be compared. */
async function readAccess(path: string): Promise<{ access: Access; text: string }> {
  const text = await readFile(path, 'utf8');
  const file = parseAccessFile(text);
  // What it names is beside it, unless the path says otherwise.
  const named = (name: string | undefined): Promise<string> | string =>
    name === undefined ? '' : readFile(resolve(dirname(path), name), 'utf8');
  const keys = await named(file.sessions.keysFile);
  const secret = await named(file.signIn?.clientSecretFile);
  const decisionKeys = await named(file.decisions?.keysFile);
  const decisionKey = file.decisions === undefined ? null : signingKeyIn(decisionKeys);
  const access = { file, sessionKeys: keysIn(keys), decisionKey, clientSecret: secret.trim() || null };
  return { access, text: [text, keys, secret, decisionKeys].join('\0') };
}

/** A key a line, in base64; the first one seals. */
function keysIn(text: string): KeyRing {
  const lines = text.split('\n').map((line) => line.trim());
  return lines
    .filter((line) => line !== '')
    .map((line, i) => {
      const key = Buffer.from(line, 'base64');
      if (key.length === KEY_BYTES) return new Uint8Array(key);
      throw new AccessFileInvalid(
        `line ${i + 1} of sessions.keysFile is not a key: write ${KEY_BYTES} bytes in base64, as \`openssl rand -base64 32\` does`,
      );
    });
}

/** The first of the list signs; the others are those that it follows, or that follow it. */
function signingKeyIn(text: string): SigningKey {
  const keys = z.array(signingKeySchema).min(1).safeParse(jsonIn(text)).data;
  if (keys?.[0] !== undefined) return keys[0];
  // The parser's own words quote the file.
  throw new AccessFileInvalid(
    'decisions.keysFile holds no keys: write what `goalkeeper decision-key new` prints for gateways',
  );
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof AccessFileInvalid) return error.message;
  const { code, path } = error as NodeJS.ErrnoException;
  return code === undefined ? 'it cannot be read' : `${path ?? 'it'} cannot be read (${code})`;
}
