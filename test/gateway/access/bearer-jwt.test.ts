import { createHmac } from 'node:crypto';
import { Hono } from 'hono';
import { exportSPKI, importJWK, type JWTPayload } from 'jose';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type AccessFile, parseAccessFile } from '../../../gateway/access/access-file.ts';
import { admissionBy } from '../../../gateway/access/admission.ts';
import { jwtReader } from '../../../gateway/access/bearer-jwt.ts';
import { may, type Principal } from '../../../gateway/access/principal.ts';
import { Problem, problemResponse } from '../../../gateway/http/problems.ts';
import { silent } from '../workbench.ts';
import { startIssuer, type TestIssuer } from './issuer.ts';
import { accessOf, tokenOf } from './workbench.ts';

let issuer: TestIssuer;
let other: TestIssuer;
beforeAll(async () => {
  [issuer, other] = await Promise.all([startIssuer(), startIssuer('ES256')]);
});
afterAll(async () => {
  await issuer.stop();
  await other.stop();
});

const inFuture = (seconds: number): number => Math.floor(Date.now() / 1000) + seconds;
const engineers = { group: 'engineers', roles: ['operator'], teams: ['finance'] };

function access(changes: object = {}, of: TestIssuer = issuer): AccessFile {
  const issuers = [{ issuer: of.url, audience: 'goalkeeper', ...changes }];
  const readers = { group: 'readers', roles: ['viewer'], teams: ['sales'] };
  return parseAccessFile(JSON.stringify({ issuers, grants: [engineers, readers] }));
}

const read = async (claims: JWTPayload, changes: object = {}, of: TestIssuer = issuer): Promise<Principal> =>
  jwtReader(silent)(access(changes, of), await of.sign(claims));

/** The sentence with which a token is refused. */
const refusalOf = async (token: string, file = access()): Promise<string> => {
  const error = await jwtReader(silent)(file, token).catch((caught: unknown) => caught);
  expect(error).toBeInstanceOf(Problem);
  const { code, message } = error as Problem;
  expect(code).toBe('credentials_invalid');
  expect(message).not.toContain(token.slice(-10));
  return message;
};

describe('a token of an issuer', () => {
  test('names a service, whose groups give it roles over teams, each grant by itself', async () => {
    const principal = await read({ groups: ['engineers', 'readers', 'others'] });
    expect(principal).toMatchObject({ kind: 'service', name: 'ada', how: 'jwt', verified: true });
    expect(may(principal, 'operator', 'finance')).toBe(true);
    expect(may(principal, 'viewer', 'sales')).toBe(true);
    expect(may(principal, 'operator', 'sales')).toBe(false);
    expect((await read({})).grants).toEqual([]);
  });

  test('names a person where its issuer has only such, by the claims that are configured', async () => {
    const claims = { email: 'ada@example.com', realm_access: { roles: 'engineers' } };
    const changes = { people: true, nameClaim: 'email', groupsClaim: 'realm_access.roles' };
    expect(await read(claims, changes)).toMatchObject({
      ...{ kind: 'person', name: 'ada@example.com' },
      grants: [{ teams: ['finance'] }],
    });
    const address = 'https://example.com/groups';
    expect((await read({ [address]: ['engineers'] }, { groupsClaim: address })).grants).toHaveLength(1);
  });

  test('counts where it was signed by another of the algorithms that are taken', async () => {
    expect((await read({ groups: ['engineers'] }, {}, other)).grants).toHaveLength(1);
  });

  test('counts half a minute longer than it says, as clocks differ, and no longer', async () => {
    expect((await read({ exp: inFuture(-20) })).name).toBe('ada');
    expect(await refusalOf(await issuer.sign({ exp: inFuture(-60) }))).toContain('it has expired');
    expect(await refusalOf(await issuer.sign({ nbf: inFuture(90) }))).toContain('its claim nbf');
  });

  test('does not count for another audience, of another issuer, without an end or a name', async () => {
    expect(await refusalOf(await issuer.sign({ aud: 'another' }))).toContain('its claim aud');
    expect(await refusalOf(await other.sign())).toContain('not one that this gateway knows');
    expect(await refusalOf(await other.sign({ iss: issuer.url }))).toContain('its issuer has not signed it');
    expect(await refusalOf(await issuer.sign({ exp: undefined as never }))).toContain('its claim exp');
    expect(await refusalOf(await issuer.sign({ sub: '' }))).toContain('names nobody');
    expect(await refusalOf(await issuer.sign({ sub: 'goalkeeper:verified:ada' }))).toContain('names nobody');
  });

  test('does not count unsigned, changed, or signed with the public key as if it were a secret', async () => {
    const token = await issuer.sign({ groups: [] });
    const [head = '', , signature] = token.split('.');
    const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const claims = {
      iss: issuer.url,
      aud: 'goalkeeper',
      sub: 'ada',
      exp: inFuture(60),
      groups: ['engineers'],
    };
    expect(await refusalOf(`${head}.${encoded(claims)}.${signature}`)).toContain('not signed');
    expect(await refusalOf(`${encoded({ alg: 'none' })}.${encoded(claims)}.`)).toContain('does not count');
    const pem = await exportSPKI(
      (await importJWK(await issuer.publicKey(), 'RS256')) as Parameters<typeof exportSPKI>[0],
    );
    const begun = `${encoded({ alg: 'HS256' })}.${encoded(claims)}`;
    const forged = createHmac('sha256', pem).update(begun).digest('base64url');
    expect(await refusalOf(`${begun}.${forged}`)).toContain('its algorithm is not taken');
    expect(await refusalOf('no.token.atall')).toContain('not one that this gateway knows');
  });

  test('has the grants of its own issuer, where groups of two have one name', async () => {
    const issuers = [issuer, other].map(({ url }) => ({ issuer: url, audience: 'goalkeeper' }));
    const written = (grant: object): string => JSON.stringify({ issuers, grants: [grant] });
    const file = parseAccessFile(written({ ...engineers, issuer: issuer.url }));
    const grantsOf = async (of: TestIssuer) =>
      (await jwtReader(silent)(file, await of.sign({ groups: ['engineers'] }))).grants;
    expect(await grantsOf(issuer)).toHaveLength(1);
    expect(await grantsOf(other)).toEqual([]);
    expect(() => parseAccessFile(written(engineers))).toThrow('grants.0.issuer is missing');
    expect(() => parseAccessFile(written({ ...engineers, issuer: 'x' }))).toThrow('is none of the issuers');
  });
});

test('an issuer is reached by TLS, but on this machine', () => {
  for (const url of ['http://login.example', 'ftp://login.example', 'login'])
    expect(() => access({ issuer: url })).toThrow('issuers.0.issuer');
  expect(access({ issuer: 'https://login.example/' }).issuers).toHaveLength(1);
});

describe('the keys of an issuer', () => {
  test('are fetched once for many tokens, and again when a token names a new one, but not by each that does', async () => {
    const own = await startIssuer();
    onTestFinished(own.stop);
    let now = Date.now();
    const reading = jwtReader(silent, () => now);
    const file = access({}, own);
    const tokens = await Promise.all(Array.from({ length: 20 }, () => own.sign()));
    await Promise.all(tokens.map((token) => reading(file, token)));
    expect(own.fetched).toBe(1);
    await own.rotate();
    const rotated = await own.sign();
    const tooEarly = await reading(file, rotated).catch((error: Problem) => error.code);
    expect([tooEarly, own.fetched]).toEqual(['credentials_invalid', 1]);
    now += 31_000;
    expect((await reading(file, rotated)).name).toBe('ada');
    expect(own.fetched).toBe(2);
  });

  test('count while it cannot be reached, for a day; API tokens go on in any case', async () => {
    const own = await startIssuer();
    let now = Date.now();
    const reading = jwtReader(silent, () => now);
    const file = access({}, own);
    const token = await own.sign({ exp: inFuture(200_000) });
    await reading(file, token);
    await own.stop();
    now += 60 * 60_000;
    expect((await reading(file, token)).name).toBe('ada');
    now += 24 * 60 * 60_000;
    await expect(reading(file, token)).rejects.toMatchObject({ code: 'issuer_unavailable' });

    const ci = tokenOf({ name: 'ci', roles: ['viewer'], teams: ['finance'] });
    const issuers = [{ issuer: own.url, audience: 'goalkeeper' }];
    const { admit } = admissionBy(accessOf({ issuers, tokens: [ci.line] }), silent);
    const app = new Hono().get('/', async (c) => c.json(await admit(c, { role: 'viewer' })));
    app.onError((error, c) => problemResponse(error as Problem, c.req.path));
    const ask = (authorization: string) => app.request('/', { headers: { authorization } });
    expect((await ask(ci.headers.authorization)).status).toBe(200);
    const unknown = await ask(`Bearer ${token}`);
    expect([unknown.status, unknown.headers.get('retry-after')]).toEqual([503, '30']);
  });
});
