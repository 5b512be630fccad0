// Secrets that are the worker's own: no job is given them, and one that gets at them all the same, as every program of the
// same user can, shall not have them told in an error or a log.

import { readFileSync } from 'node:fs';
import { looksRandom } from '../goals/wire/text/looks-random.ts';
import { knowSecret } from './hidden-values.ts';

const NAMES = [
  'GOALKEEPER_CALLBACK_SECRET',
  'GOALKEEPER_ALERT_WEBHOOK_SECRET',
  'GOALKEEPER_RECORDS_SECRET',
  'GOALKEEPER_OPENLINEAGE_KEY',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS_CLIENT_KEY_DATA',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CONTAINER_AUTHORIZATION_TOKEN',
];

/** Whoever has such an address may post there. */
const ADDRESSES = ['GOALKEEPER_ALERT_SLACK_URL', 'GOALKEEPER_ALERT_WEBHOOK_URL', 'GOALKEEPER_RECORDS_URL'];

/** The last part of a path that is so long, and looks drawn at random, is a key. */
const SHORTEST_KEY = 16;

/** Remembers what of this process's environment, and the files that it names, is secret. */
export function knowOwnSecrets(environment: NodeJS.ProcessEnv = process.env): void {
  for (const name of NAMES) {
    const value = environment[name] || contentOf(environment[`${name}_FILE`]);
    if (value) know(name, value);
  }
  for (const name of ADDRESSES) knowAddress(name, environment[name] ?? '');
  // Of a gateway that has its environment from the same file.
  const declared = [environment.GOALKEEPER_HOOKS, environment.GOALKEEPER_SUBSCRIPTIONS].flatMap(declaredIn);
  for (const { secret: name, url } of declared) {
    if (url) knowAddress('a subscription', url);
    const value = name && (environment[name] || contentOf(environment[`${name}_FILE`]));
    if (!name || !value) continue;
    know(name, value);
    // One secret, and the one whose place it takes.
    for (const secret of value.trim().split(/\s+/)) know(name, secret);
  }
}

function declaredIn(given: string | undefined): { secret?: string; url?: string }[] {
  if (!given) return [];
  try {
    const text = given.trimStart().startsWith('[') ? given : (contentOf(given) ?? '[]');
    return JSON.parse(text) as { secret?: string; url?: string }[];
  } catch {
    return [];
  }
}

/** Remembers a secret that a file of settings holds. */
export function know(name: string, value: string): void {
  knowSecret(name, value);
  // The key without what says how it is written.
  if (value.startsWith('whsec_')) knowSecret(`${name}: key`, value.slice('whsec_'.length));
}

/** Remembers what of an address is secret: credentials, and a key that ends its path, as Slack's do. */
export function knowAddress(name: string, address: string): void {
  if (!URL.canParse(address)) return;
  const { password, pathname } = new URL(address);
  if (password !== '') knowSecret(`${name}: password`, decoded(password));
  const key = pathname.split('/').at(-1) ?? '';
  if (key.length >= SHORTEST_KEY && looksRandom(key)) knowSecret(`${name}: key`, key);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function contentOf(path: string | undefined): string | null {
  try {
    return path ? readFileSync(path, 'utf8').trim() : null;
  } catch {
    // Whoever reads it says so.
    return null;
  }
}
