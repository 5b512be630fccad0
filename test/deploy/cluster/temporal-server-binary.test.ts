import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findTemporalServer, VERSION } from '../../../deploy/cluster/temporal-server-binary.ts';

let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), 'goalkeeper-server-'));
});

afterEach(() => rm(cache, { recursive: true, force: true }));

test('what is in the cache is taken, and nothing is built', async () => {
  const place = join(cache, 'goalkeeper', `temporal-server-${VERSION}`);
  await mkdir(place, { recursive: true });
  const said: string[] = [];
  const env = { PATH: '', XDG_CACHE_HOME: cache };
  const found = await findTemporalServer({ env, onProgress: (line) => said.push(line) });
  expect(found).toEqual({ bin: join(place, 'bin'), entrypoint: join(place, 'entrypoint.sh') });
  expect(said).toEqual([]);
});

test('without Go it says how to mend that, and leaves nothing in the cache', async () => {
  const said: string[] = [];
  const env = { PATH: '', XDG_CACHE_HOME: cache };
  await expect(findTemporalServer({ env, onProgress: (line) => said.push(line) })).rejects.toThrow(
    /cannot be built: go was not found\. Install Go/,
  );
  expect(said[0]).toContain('about 5 minutes the first time');
  expect(await readdir(join(cache, 'goalkeeper'))).toEqual([]);
});
