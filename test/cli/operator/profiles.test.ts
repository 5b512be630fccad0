// Which gateway a command asks, and who gets its token.

import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { gatewayOf, profilesPath } from '../../../cli/operator/profiles.ts';
import { ran as ranAt } from './test-screen.ts';

let home: string;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'gk-profiles-'));
  environment = { HOME: home };
});
beforeEach(() => rm(join(home, '.config'), { recursive: true, force: true }));
afterAll(() => rm(home, { recursive: true, force: true }));

const ran = (args: string, input = '') => ranAt(args.split(' '), { environment, input });
const prod = { url: 'https://goals.example', token: 'gk_prod' };

test('a profile is written so that only its owner reads it, and its token comes by the standard input', async () => {
  expect((await ran(`profiles set prod --url ${prod.url} --token-stdin`, 'gk_prod\n')).exit).toBe(0);
  await ran('profiles set local --url http://127.0.0.1:3000');
  const path = profilesPath(environment);
  expect(path).toBe(join(home, '.config', 'goalkeeper', 'config.json'));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(gatewayOf({}, environment)).toEqual(prod);
  const { out } = await ran('profiles');
  expect(out).toBe('* prod  https://goals.example  with a token\n  local  http://127.0.0.1:3000\n');
  expect(gatewayOf({ profile: 'local' }, environment)).toEqual({
    url: 'http://127.0.0.1:3000',
    token: undefined,
  });
  expect(gatewayOf({}, { ...environment, GOALKEEPER_PROFILE: 'local' }).url).toBe('http://127.0.0.1:3000');
  await ran('profiles use local');
  expect(gatewayOf({}, environment).url).toBe('http://127.0.0.1:3000');
  await ran('profiles remove prod');
  expect(await readFile(path, 'utf8')).not.toContain('gk_prod');
  expect((await ran('profiles use prod')).err).toContain(
    'profile_unknown: there is no profile "prod"; there are: local',
  );
});

test('a flag goes before the environment, and that before the profile; a token goes only where its profile points', async () => {
  await ran(`profiles set prod --url ${prod.url} --token-stdin`, 'gk_prod');
  const elsewhere = { ...environment, GOALKEEPER_URL: 'http://elsewhere:3000' };
  expect(gatewayOf({}, elsewhere)).toEqual({ url: 'http://elsewhere:3000', token: undefined });
  expect(gatewayOf({ profile: 'prod' }, elsewhere)).toEqual({
    url: 'http://elsewhere:3000',
    token: undefined,
  });
  expect(gatewayOf({ url: 'https://goals.example/', profile: 'prod' }, elsewhere).token).toBe('gk_prod');
  expect(gatewayOf({ token: 'gk_flag' }, { ...elsewhere, GOALKEEPER_TOKEN: 'gk_env' }).token).toBe('gk_flag');
  const file = join(home, 'token');
  await writeFile(file, 'gk_file\n');
  expect(gatewayOf({}, { ...environment, GOALKEEPER_TOKEN_FILE: file }).token).toBe('gk_file');
  expect(gatewayOf({}, {}).url).toBe('http://127.0.0.1:3000');
});

test('a file that others may read, or that is not right, is refused with what to do', async () => {
  await ran(`profiles set prod --url ${prod.url}`);
  const path = profilesPath(environment);
  await chmod(path, 0o640);
  expect(() => gatewayOf({}, environment)).toThrow(`run: chmod 600 ${path}`);
  await chmod(path, 0o600);
  for (const [text, wrong] of [
    ['{', 'is not JSON'],
    ['{"profiles":{"a":{}}}', 'profile "a" has no `url`'],
    ['{"profiles":{},"token":"x"}', 'unknown key "token"'],
  ] as const) {
    await writeFile(path, text);
    expect(() => gatewayOf({}, environment)).toThrow(wrong);
    // An address that is given needs no profile.
    expect(gatewayOf({ url: 'http://127.0.0.1:1' }, environment).url).toBe('http://127.0.0.1:1');
  }
});
