// The file of keys that GOALKEEPER_KEYS names: a list of keys, of which the newest seals and all open.

import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** Where a key service is, and with which token it is asked. */
export interface KeyServiceAddress {
  url: string;
  token: string | null;
}

export interface SealingKey {
  /** Stands in clear beside what it has sealed: it never changes, and is never used for another key. */
  id: string;
  /** From when on it seals, in milliseconds. */
  from: number;
  /** The key itself, or the service that keeps it. */
  key: Uint8Array | KeyServiceAddress;
}

/** What is wrong with a file of keys; it quotes no key. */
export class KeyFileInvalid extends Error {
  override readonly name = 'KeyFileInvalid';
}

const KEY_BYTES = 32;
const MOST_KEYS = 100;
const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const FIELDS = ['id', 'key', 'kms', 'tokenFile', 'from'];

/** The keys of a file, and all that was read, so that a change is noticed. Throws a `KeyFileInvalid`. */
export async function readKeyFile(path: string): Promise<{ keys: SealingKey[]; text: string }> {
  const text = await read(path);
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    // The parser's own words quote the file.
    throw new KeyFileInvalid('it is not JSON');
  }
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_KEYS)
    throw new KeyFileInvalid(`it is not a list of 1 to ${MOST_KEYS} keys`);
  const lines: { key: SealingKey; text: string }[] = [];
  for (const [i, line] of given.entries()) lines.push(await keyOf(line, i, path));
  const ids = lines.map(({ key }) => key.id);
  const twice = ids.find((id, i) => ids.indexOf(id) !== i);
  if (twice !== undefined) throw new KeyFileInvalid(`the ID ${twice} stands there twice`);
  return { keys: lines.map(({ key }) => key), text: [text, ...lines.map((one) => one.text)].join('\0') };
}

async function keyOf(line: unknown, i: number, path: string): Promise<{ key: SealingKey; text: string }> {
  const wrong = (field: string, what: string): KeyFileInvalid => new KeyFileInvalid(`${i}.${field} ${what}`);
  if (typeof line !== 'object' || line === null) throw new KeyFileInvalid(`${i} is not a key: { id, key }`);
  const { id, key, kms, tokenFile, from } = line as Record<string, unknown>;
  const unknown = Object.keys(line).find((field) => !FIELDS.includes(field));
  if (unknown !== undefined) throw wrong(unknown, 'is not a known field');
  if (typeof id !== 'string' || !ID.test(id))
    throw wrong('id', 'is not an ID: up to 64 letters, digits, `.`, `_` and `-`');
  const begins = typeof from === 'string' ? Date.parse(from) : from === undefined ? 0 : Number.NaN;
  if (Number.isNaN(begins)) throw wrong('from', 'is not a time such as 2027-02-01T06:00:00Z');
  if ((key === undefined) === (kms === undefined)) throw wrong('key', 'or kms: give one of them');
  if (kms === undefined) {
    const bytes = typeof key === 'string' ? Buffer.from(key, 'base64') : Buffer.alloc(0);
    if (bytes.length !== KEY_BYTES || tokenFile !== undefined)
      throw wrong('key', `is not ${KEY_BYTES} bytes in base64, as \`openssl rand -base64 32\` writes them`);
    return { key: { id, from: begins, key: new Uint8Array(bytes) }, text: '' };
  }
  const url = typeof kms === 'string' && URL.canParse(kms) ? new URL(kms) : null;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.test(url.hostname));
  if (url === null || !isSafe || url.username !== '')
    throw wrong('kms', 'is not an https:// address, nor http:// on this machine');
  if (tokenFile !== undefined && typeof tokenFile !== 'string') throw wrong('tokenFile', 'is not a path');
  const token = tokenFile === undefined ? null : (await read(resolve(dirname(path), tokenFile))).trim();
  return { key: { id, from: begins, key: { url: url.href, token } }, text: token ?? '' };
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new KeyFileInvalid(`${path} cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
}
