import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, onTestFinished, test } from 'vitest';
import { parseAccessFile } from '../../../gateway/access/access-file.ts';
import { lineOf, newToken } from '../../../gateway/access/api-token.ts';
import { may, type Principal } from '../../../gateway/access/principal.ts';
import { scopeOf } from '../../../gateway/access/scope.ts';
import { watchAccess } from '../../../gateway/access/watched-access.ts';
import { redactedText } from '../../../goals/wire/text/redact.ts';

const { id, sha256 } = newToken();
const line = { id, name: 'ci', sha256, roles: ['operator'], teams: ['finance'] };
const parsed = (...tokens: object[]) => parseAccessFile(JSON.stringify({ tokens }));

describe('an access file', () => {
  test('gives tokens roles over teams', () => {
    expect(parsed(line, { ...line, id: 'another1', teams: ['*'] }).tokens).toMatchObject([
      { name: 'ci', roles: ['operator'], teams: ['finance'], person: false },
      { name: 'ci', teams: 'all' },
    ]);
  });

  test('says of each field that is wrong which it is and what is to stand there', () => {
    const wrong: [object, string][] = [
      [{ ...line, id: 'x' }, 'tokens.0.id is not the ID of a token'],
      [{ ...line, name: ' ' }, 'tokens.0.name is empty'],
      [{ ...line, name: 'goalkeeper:verified:ada' }, 'tokens.0.name is not a name that can be given'],
      [{ ...line, sha256: 'gk_secret' }, 'tokens.0.sha256 is not a SHA-256 in hex'],
      [{ ...line, roles: [] }, 'tokens.0.roles is empty'],
      [{ ...line, roles: ['root'] }, 'tokens.0.roles.0 is not a role; roles are viewer, operator'],
      [{ ...line, teams: [] }, 'tokens.0.teams is empty; write ["*"] for all teams'],
      [{ ...line, teams: ["x' OR GkTeam != '"] }, 'tokens.0.teams.0 is not the name of a team'],
      [{ ...line, teams: ['*', 'finance'] }, 'tokens.0.teams "*" stands alone'],
      [{ ...line, notAfter: 'soon' }, 'tokens.0.notAfter write a day such as 2027-02-01'],
      [{ ...line, roles: ['approver'] }, 'tokens.0.roles has approver, which machines are not'],
      [{ ...line, expires: 1 }, 'tokens.0.expires is not a known field'],
    ];
    for (const [token, what] of wrong) expect(() => parsed(token)).toThrow(what);
    expect(() => parsed(line, line)).toThrow('tokens.1.id is that of another token');
    expect(() => parseAccessFile('{ "tokens": [')).toThrow('it is not JSON');
    expect(() => parseAccessFile('[]')).toThrow(/^it /);
  });

  test('takes a day as its end, and that day as good', () => {
    const [day, time] = parsed(
      { ...line, notAfter: '2027-02-01' },
      { ...line, id: 'another1', notAfter: '2027-02-01T06:00:00+02:00' },
    ).tokens;
    expect(day?.notAfter).toBe(Date.parse('2027-02-02T00:00:00Z'));
    expect(time?.notAfter).toBe(Date.parse('2027-02-01T04:00:00Z'));
  });

  test('that is broken keeps the one before it in force, and says so until it is mended', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gk-access-'));
    const path = join(folder, 'access.json');
    const write = (text: string): void => {
      writeFileSync(`${path}.new`, text);
      renameSync(`${path}.new`, path);
    };
    write(JSON.stringify({ tokens: [line] }));
    const lines: string[] = [];
    const log = pino({}, { write: (text: string) => lines.push(text) });
    const access = await watchAccess(path, log, 10);
    onTestFinished(() => {
      access.stop();
      rmSync(folder, { recursive: true });
    });
    write('{"tokens":[{"id":7}]}');
    await expect.poll(access.state).toBe('stale');
    expect(access.current().file.tokens).toMatchObject([{ name: 'ci' }]);
    expect(lines.join('')).toContain('tokens.0.id');
    write('{"tokens":[]}');
    await expect.poll(access.state).toBe('current');
    expect(access.current().file.tokens).toEqual([]);
    rmSync(path);
    await expect.poll(access.state).toBe('stale');
    expect(lines.join('')).toContain('access.json cannot be read (ENOENT)');
  });

  test('that is broken from the beginning starts no gateway', async () => {
    const silent = pino({ level: 'silent' });
    await expect(watchAccess('/nowhere/access.json', silent)).rejects.toMatchObject({
      code: 'access_invalid',
    });
  });
});

describe('a token', () => {
  const made = newToken();
  const access = parsed({ ...line, id: made.id, sha256: made.sha256 });

  test('is found by its ID, and only with its secret', () => {
    expect(lineOf(access, made.token)?.name).toBe('ci');
    const last = made.token.at(-2) === 'A' ? 'B' : 'A';
    expect(lineOf(access, `${made.token.slice(0, -2)}${last}${made.token.at(-1)}`)).toBeNull();
    expect(lineOf(access, `gk_${made.id}_${newToken().token.split('_').slice(2).join('_')}`)).toBeNull();
    expect(lineOf(access, newToken().token)).toBeNull();
    expect(lineOf(access, `gk_${made.id}_`)).toBeNull();
  });

  test('is taken out of texts', () => {
    expect(redactedText(`curl -H 'x: ${made.token}'`)).not.toContain(made.token.slice(-40));
  });
});

test('an operator may do what a viewer may, an approver decides only, an admin may do everything; over their teams', () => {
  const of = (...roles: Principal['grants'][number]['roles'][number][]): Principal => ({
    ...{ kind: 'person', name: 'ada', how: 'api-token', verified: true },
    grants: [{ roles, teams: ['finance'] }],
  });
  const can = (principal: Principal): string[] =>
    (['viewer', 'operator', 'approver', 'admin'] as const).filter((role) => may(principal, role, 'finance'));
  expect(can(of('viewer'))).toEqual(['viewer']);
  expect(can(of('operator'))).toEqual(['viewer', 'operator']);
  expect(can(of('approver'))).toEqual(['approver']);
  expect(can(of('admin'))).toEqual(['viewer', 'operator', 'approver', 'admin']);
  expect(may(of('admin'), 'viewer', 'sales')).toBe(false);
  expect(may(of('viewer'), 'open', 'sales')).toBe(true);
  // A machine decides nothing that is asked of people.
  expect(can({ ...of('admin'), kind: 'token' })).toEqual(['viewer', 'operator', 'admin']);
  // Roles of two grants are not mixed.
  const two: Principal = {
    ...of('viewer'),
    grants: [
      { roles: ['operator'], teams: ['finance'] },
      { roles: ['viewer'], teams: ['sales'] },
    ],
  };
  expect(may(two, 'operator', 'sales')).toBe(false);
  expect(may(two, 'viewer', 'sales')).toBe(true);
});

test('a thing that a caller may see and not move is not said to be missing, and one of another team is', () => {
  const neighbour: Principal = {
    ...{ kind: 'person', name: 'ada', how: 'jwt', verified: true },
    grants: [
      { roles: ['operator'], teams: ['finance'] },
      { roles: ['viewer'], teams: ['sales'] },
    ],
  };
  const scope = scopeOf(neighbour, 'operator');
  expect(scope.teams).toEqual(['finance']);
  expect(scope.admits('finance')).toBe(true);
  expect(() => scope.admits('sales')).toThrow(expect.objectContaining({ code: 'role_missing' }));
  expect(scope.holds('sales')).toBe(false);
  expect(scope.admits('legal')).toBe(false);
  // What has no team is nobody's but of whoever may see everything.
  expect(scope.admits(null)).toBe(false);
  expect(scopeOf(neighbour, 'viewer').teams).toEqual(['finance', 'sales']);
});
