// The access file: who may ask the gateway, and for what. It holds hashes and names, and no secret.

import { z } from 'zod';
import { looksVerified } from '../../goals/wire/actor.ts';
import { isLoopback } from '../http/guards.ts';
import { isRange } from './peers.ts';
import { grantedRoles } from './principal.ts';

/** Teams are named in queries of Temporal's: what could mean something else there is nobody's name here. */
const TEAM = /^[\p{L}\p{N} .,@+&/()_-]{1,100}$/u;

const teamsField = z
  .array(
    z
      .string()
      .refine(
        (team) => team === '*' || TEAM.test(team),
        'is not the name of a team; write "*" for all teams',
      ),
  )
  .min(1, 'is empty; write ["*"] for all teams')
  .refine((teams) => !teams.includes('*') || teams.length === 1, '"*" stands alone')
  .transform((teams): 'all' | string[] => (teams[0] === '*' ? 'all' : teams));

const rolesField = z
  .array(z.enum(grantedRoles, { error: () => `is not a role; roles are ${grantedRoles.join(', ')}` }))
  .min(1, 'is empty');

/** A name as records show it. */
export const nameField = z
  .string()
  .trim()
  .min(1, 'is empty')
  .max(100, 'has more than 100 characters')
  .refine((name) => !looksVerified(name), 'is not a name that can be given');

/** A day ends when it is over in UTC. */
const notAfterField = z.union(
  [
    z.iso.date().transform((day) => Date.parse(day) + 86_400_000),
    z.iso.datetime({ offset: true }).transform((time) => Date.parse(time)),
  ],
  { error: 'write a day such as 2027-02-01, which is included, or a time such as 2027-02-01T06:00:00Z' },
);

const tokenSchema = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9]{8,32}$/, 'is not the ID of a token: it has 8 to 32 letters and digits'),
    name: nameField,
    sha256: z
      .string()
      .regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex; `goalkeeper token new` writes the line'),
    roles: rolesField,
    teams: teamsField,
    notAfter: notAfterField.optional(),
    person: z.boolean().default(false),
  })
  .refine(({ roles, person }) => person || !roles.includes('approver'), {
    path: ['roles'],
    error: 'has approver, which machines are not: name a person, and say "person": true',
  });
export type TokenLine = z.infer<typeof tokenSchema>;

/** Whatever is fetched from there decides who comes in: over a network only by TLS. */
const issuerUrl = z.string().refine((url) => {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}, 'is not an https:// address, nor http:// on this machine');

const claimField = z.string().min(1, 'is empty').max(200);

const headerField = z
  .string()
  .regex(/^[A-Za-z0-9-]{1,100}$/, 'is not the name of a header')
  .transform((name) => name.toLowerCase());

const issuerSchema = z.strictObject({
  issuer: issuerUrl,
  audience: z.string().min(1, 'is empty').max(500),
  keysUrl: issuerUrl.optional(),
  nameClaim: claimField.default('sub'),
  groupsClaim: claimField.default('groups'),
  people: z.boolean().default(false),
  assertionHeader: headerField.optional(),
});
export type Issuer = z.infer<typeof issuerSchema>;

const groupGrantSchema = z.strictObject({
  group: z.string().min(1, 'is empty').max(500),
  issuer: z.string().optional(),
  roles: rolesField,
  teams: teamsField,
});

const proxySchema = z.strictObject({
  peers: z
    .array(z.string().refine(isRange, 'is neither an address nor a range such as 10.0.20.0/24'))
    .min(1, 'is empty'),
  identity: z
    .strictObject({
      userHeader: headerField.default('x-forwarded-user'),
      groupsHeader: headerField.default('x-forwarded-groups'),
      secretHeader: headerField.default('x-goalkeeper-proxy'),
      sha256: z
        .string()
        .regex(/^[0-9a-f]{64}$/, 'is not a SHA-256 in hex, of the secret that the proxy sends'),
    })
    .optional(),
});

const signInSchema = z.strictObject({
  issuer: issuerUrl,
  clientId: z.string().min(1, 'is empty').max(500),
  clientSecretFile: z.string().min(1, 'is empty').optional(),
  scope: z.string().max(500).default('openid profile'),
  nameClaim: claimField.default('sub'),
  groupsClaim: claimField.default('groups'),
});

const sessionsSchema = z.strictObject({
  keysFile: z.string().min(1, 'is empty').optional(),
  hours: z.number().positive().max(720).default(8),
});

/** Who decided is signed with the first of the keys in that file: a JSON list of `SigningKey`s. */
const decisionsSchema = z.strictObject({ keysFile: z.string().min(1, 'is empty') });

const revokedSchema = z.strictObject({
  name: nameField,
  before: z.iso
    .datetime({ offset: true, error: 'write a time such as 2027-02-01T06:00:00Z' })
    .transform((time) => Date.parse(time)),
});

/** Pages of other sites that may ask the codec endpoint: Temporal's own web UI. */
const codecSchema = z.strictObject({
  origins: z
    .array(
      z
        .string()
        .refine(
          (origin) => URL.canParse(origin) && new URL(origin).origin === origin,
          'is not an origin such as https://temporal.example',
        ),
    )
    .max(20)
    .default([]),
});

/** What grants call the proxy, where there are issuers beside it. */
export const PROXY = 'proxy';

/** How often a caller may write and read in a second, and credentials from one address be wrong in a minute. */
const limitsSchema = z.strictObject({
  writes: z.number().positive().max(10_000).default(20),
  reads: z.number().positive().max(10_000).default(100),
  failures: z.number().positive().max(10_000).default(10),
});

export const accessFileSchema = z
  .strictObject({
    tokens: z.array(tokenSchema).max(10_000).default([]),
    issuers: z.array(issuerSchema).max(20).default([]),
    grants: z.array(groupGrantSchema).max(10_000).default([]),
    proxy: proxySchema.optional(),
    limits: limitsSchema.prefault({}),
    signIn: signInSchema.optional(),
    sessions: sessionsSchema.prefault({}),
    decisions: decisionsSchema.optional(),
    revoked: z.array(revokedSchema).max(10_000).default([]),
    reveal: rolesField.default(['operator']),
    codec: codecSchema.prefault({}),
  })
  .superRefine(({ tokens, issuers, grants, proxy, signIn, sessions }, { addIssue }) => {
    if (signIn !== undefined && sessions.keysFile === undefined)
      addIssue({ code: 'custom', path: ['sessions', 'keysFile'], message: 'is missing: signIn needs keys' });
    const names = issuers.map(({ issuer }) => issuer);
    for (const [i, name] of names.entries())
      if (names.indexOf(name) !== i)
        addIssue({ code: 'custom', path: ['issuers', i, 'issuer'], message: 'stands there twice' });
    if (proxy?.identity !== undefined) names.push(PROXY);
    if (signIn !== undefined && !names.includes(signIn.issuer)) names.push(signIn.issuer);
    // Groups of one issuer are not those of another, whatever they are called.
    for (const [i, { issuer }] of grants.entries())
      if (issuer === undefined ? names.length > 1 : !names.includes(issuer))
        addIssue({
          code: 'custom',
          path: ['grants', i, 'issuer'],
          message: issuer === undefined ? 'is missing: there are several issuers' : 'is none of the issuers',
        });
    const seen = new Set<string>();
    for (const [i, { id }] of tokens.entries()) {
      if (seen.has(id))
        addIssue({ code: 'custom', path: ['tokens', i, 'id'], message: 'is that of another token' });
      seen.add(id);
    }
  });
export type AccessFile = z.infer<typeof accessFileSchema>;

/** What is wrong with an access file: each field, and what it is to be. */
export class AccessFileInvalid extends Error {
  override readonly name = 'AccessFileInvalid';
}

const SHOWN = 10;

/** Reads the text of an access file; an `AccessFileInvalid` names each field that is wrong. */
export function parseAccessFile(text: string): AccessFile {
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch {
    // The parser's own words quote the file.
    throw new AccessFileInvalid('it is not JSON');
  }
  const parsed = accessFileSchema.safeParse(given);
  if (parsed.success) return parsed.data;
  const said = parsed.error.issues.map((issue) =>
    issue.code === 'unrecognized_keys'
      ? `${[...issue.path, issue.keys[0]].join('.')} is not a known field`
      : `${issue.path.join('.') || 'it'} ${issue.message}`,
  );
  const more = said.length > SHOWN ? ` (and ${said.length - SHOWN} more)` : '';
  throw new AccessFileInvalid(said.slice(0, SHOWN).join('; ') + more);
}
