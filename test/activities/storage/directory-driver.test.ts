import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { DirectoryDriver } from '../../../activities/storage/directory-driver.ts';

test('a stored payload that was spoilt heals when the same is stored again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gk-payloads-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const driver = new DirectoryDriver(folder);
  const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"whole"') };
  const claims = await driver.store(null, [payload]);
  const [file = ''] = (await readdir(folder, { recursive: true })).filter((name) => name.length > 60);
  const { size } = await import('node:fs').then(({ statSync }) => statSync(join(folder, file)));
  await writeFile(join(folder, file), Buffer.alloc(size));
  await expect(driver.retrieve(null, claims)).rejects.toThrow('is not what was stored');
  await driver.store(null, [payload]);
  const [whole] = await driver.retrieve(null, claims);
  expect(Buffer.from(whole?.data ?? []).toString()).toBe('"whole"');
});

test('what is stored of one workflow is deleted, and the same value of another stays', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'gk-payloads-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const driver = new DirectoryDriver(folder);
  const payload = { metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('"same"') };
  const of = (id: string) => ({ namespace: 'default', id, type: 'load' });
  const target = (id: string) => ({ target: { kind: 'workflow' as const, ...of(id) } });
  const gone = await driver.store(target('load:1'), [payload]);
  const stays = await driver.store(target('load:2'), [payload]);
  expect([await driver.forget(of('load:1')), await driver.forget(of('load:1'))]).toEqual([1, 0]);
  await expect(driver.retrieve(null, gone)).rejects.toThrow('ENOENT');
  expect(await driver.retrieve(null, stays)).toHaveLength(1);
  expect((await readdir(folder, { recursive: true })).join()).not.toContain('load');
});
