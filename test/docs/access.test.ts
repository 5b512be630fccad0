import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseAccessFile } from '../../gateway/access/access-file.ts';
import { lineOf } from '../../gateway/access/api-token.ts';
import { grantedRoles } from '../../gateway/access/principal.ts';

const page = readFileSync('docs/guide/access.md', 'utf8');

test('the access files of the guide are well formed', () => {
  const files = [...page.matchAll(/<!-- access file -->\n```json\n([\s\S]*?)```/g)].map(([, text]) => text);
  expect(files.length).toBeGreaterThan(0);
  for (const text of files) expect(() => parseAccessFile(text ?? '')).not.toThrow();
});

test('the guide says of each role what it may', () => {
  const rows = [...page.matchAll(/^\| `(\w+)` \| /gm)].map(([, name]) => name);
  expect(rows).toEqual(expect.arrayContaining([...grantedRoles]));
});

test('its command makes a token, and the line by which an access file knows it', () => {
  const [, command = ''] = /npx goalkeeper (token new .*)/.exec(page) ?? [];
  const goalkeeper = (args: string[]): string =>
    execFileSync(process.execPath, ['cli/goalkeeper.js', ...args], { encoding: 'utf8', stdio: 'pipe' });
  const told = goalkeeper(command.split(' '));
  const [token = ''] = told.split('\n');
  const [line = ''] = told.split('\n').filter((text) => text.startsWith('{'));
  expect(lineOf(parseAccessFile(`{"tokens":[${line}]}`), token)).toMatchObject({
    name: 'ci',
    teams: ['finance'],
  });
  expect(line).not.toContain(token.split('_')[2]);
  const machine = ['token', 'new', '--name', 'ci', '--role', 'approver', '--team', '*'];
  expect(() => goalkeeper(machine)).toThrow('"person": true');
});
