// An access file in a folder of its own, and tokens for it.

import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAccessFile } from '../../../gateway/access/access-file.ts';
import { newToken } from '../../../gateway/access/api-token.ts';
import { type WatchedAccess, watchAccess } from '../../../gateway/access/watched-access.ts';
import { silent } from '../workbench.ts';

export interface TokenOf {
  name: string;
  roles: readonly string[];
  teams: readonly string[];
  [more: string]: unknown;
}

/** A token, its line, and the headers by which it asks. */
export function tokenOf(what: TokenOf) {
  const { token, id, sha256 } = newToken();
  return { token, line: { ...what, id, sha256 }, headers: { authorization: `Bearer ${token}` } };
}

export interface AccessBench {
  path: string;
  watch(lookMs?: number): Promise<WatchedAccess>;
  /** A file beside it. */
  put(name: string, text: string): void;
  write(file: object): void;
  remove(): void;
}

/** An access file that does not change. */
export const accessOf = (file: object): WatchedAccess => {
  const access = {
    file: parseAccessFile(JSON.stringify(file)),
    sessionKeys: [],
    decisionKey: null,
    clientSecret: null,
  };
  return { current: () => access, state: () => 'current', stop: () => {} };
};

export function accessBench(file: object): AccessBench {
  const folder = mkdtempSync(join(tmpdir(), 'gk-access-'));
  const path = join(folder, 'access.json');
  const write = (content: object): void => {
    writeFileSync(`${path}.new`, JSON.stringify(content));
    renameSync(`${path}.new`, path);
  };
  write(file);
  return {
    path,
    watch: (lookMs = 50) => watchAccess(path, silent, lookMs),
    write,
    put: (name, text) => writeFileSync(join(folder, name), text),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
