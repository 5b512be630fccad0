// Which gateway the commands talk to, and with what token. Flags go before the environment, and that before the profile.

import { mkdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandProblem } from './command-problem.ts';
import { textOfFile } from './text-of-file.ts';

export interface Profile {
  url: string;
  token?: string;
}

/** The file of profiles: `profile` is the one that counts where none is named. */
export interface ProfileFile {
  profile?: string;
  profiles: Record<string, Profile>;
}

export interface AddressOptions {
  url?: string;
  token?: string;
  tokenFile?: string;
  profile?: string;
}

export interface GatewayAddress {
  url: string;
  token: string | undefined;
}

/** That of `npm start` and `goalkeeper dev`. */
export const LOCAL_URL = 'http://127.0.0.1:3000';

/** Where the profiles are. */
export const profilesPath = (environment: NodeJS.ProcessEnv): string =>
  join(
    environment.XDG_CONFIG_HOME || join(environment.HOME || homedir(), '.config'),
    'goalkeeper',
    'config.json',
  );

/** The gateway that a command means. The token of a profile goes to no other address than the profile's. */
export function gatewayOf(given: AddressOptions, environment: NodeJS.ProcessEnv): GatewayAddress {
  const { GOALKEEPER_URL, GOALKEEPER_TOKEN, GOALKEEPER_TOKEN_FILE, GOALKEEPER_PROFILE } = environment;
  const named = given.profile ?? (GOALKEEPER_PROFILE || undefined);
  const isAddressed = given.url !== undefined || Boolean(GOALKEEPER_URL);
  // An address that is given needs no profile: a file that is broken then stops nobody.
  const profile = isAddressed && named === undefined ? undefined : profileOf(named, environment);
  const url = webAddress(given.url ?? (GOALKEEPER_URL || profile?.url) ?? LOCAL_URL);
  const token =
    given.token ??
    (given.tokenFile !== undefined ? tokenIn(given.tokenFile) : undefined) ??
    (GOALKEEPER_TOKEN || undefined) ??
    (GOALKEEPER_TOKEN_FILE ? tokenIn(GOALKEEPER_TOKEN_FILE) : undefined) ??
    (profile !== undefined && sameOrigin(profile.url, url) ? profile.token : undefined);
  return { url, token };
}

const sameOrigin = (one: string, other: string): boolean => new URL(one).origin === new URL(other).origin;

/** The text, which is the address of a gateway. */
export function webAddress(text: string): string {
  if (/^https?:\/\/\S+$/.test(text) && URL.canParse(text)) return text;
  throw new CommandProblem(
    'url_invalid',
    `${JSON.stringify(text)} is not the address of a gateway; write such as ${LOCAL_URL}`,
  );
}

function tokenIn(path: string): string {
  const token = textOfFile(path).trim();
  if (token !== '') return token;
  throw new CommandProblem('token_missing', `${path} is empty; it holds the token`);
}

function profileOf(named: string | undefined, environment: NodeJS.ProcessEnv): Profile | undefined {
  const { profile, profiles } = readProfiles(environment);
  const name = named ?? profile;
  if (name === undefined) return undefined;
  if (Object.hasOwn(profiles, name)) return profiles[name];
  const known = Object.keys(profiles).join(', ') || 'none';
  throw new CommandProblem(
    'profile_unknown',
    `${profilesPath(environment)} has no profile ${JSON.stringify(name)}; it has: ${known}. Write one with: goalkeeper profiles set ${name} --url …`,
  );
}

/** The profiles of this person; none where there is no file. */
export function readProfiles(environment: NodeJS.ProcessEnv): ProfileFile {
  const path = profilesPath(environment);
  const state = statSync(path, { throwIfNoEntry: false });
  if (state === undefined) return { profiles: {} };
  if (process.platform !== 'win32' && (state.mode & 0o077) !== 0)
    throw new CommandProblem(
      'profiles_exposed',
      `others may read ${path}, which holds tokens; run: chmod 600 ${path}`,
    );
  let found: unknown;
  try {
    found = JSON.parse(textOfFile(path));
  } catch (error) {
    if (error instanceof CommandProblem) throw error;
    throw new CommandProblem('profiles_invalid', `${path} is not JSON: ${(error as Error).message}`);
  }
  const wrong = problemOf(found);
  if (wrong !== null) throw new CommandProblem('profiles_invalid', `${path}: ${wrong}`);
  return found as ProfileFile;
}

/** Replaces the file as a whole; nobody else may read it, from its first byte on. */
export function writeProfiles(environment: NodeJS.ProcessEnv, file: ProfileFile): string {
  const path = profilesPath(environment);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${process.pid}`;
  writeFileSync(beside, `${JSON.stringify(file, null, 2)}\n`, { mode: 0o600 });
  renameSync(beside, path);
  return path;
}

/** What is wrong with what a file of profiles holds. */
function problemOf(found: unknown): string | null {
  const form = 'write { "profile": "prod", "profiles": { "prod": { "url": "https://…", "token": "…" } } }';
  if (!isObject(found) || !isObject(found.profiles)) return form;
  const unknown = Object.keys(found).find((key) => !['profile', 'profiles'].includes(key));
  if (unknown !== undefined) return `unknown key ${JSON.stringify(unknown)}; ${form}`;
  if (found.profile !== undefined && typeof found.profile !== 'string') return '`profile` is not a name';
  for (const [name, profile] of Object.entries(found.profiles)) {
    if (!isObject(profile) || typeof profile.url !== 'string' || !URL.canParse(profile.url))
      return `profile ${JSON.stringify(name)} has no \`url\` that is an address`;
    if (profile.token !== undefined && typeof profile.token !== 'string')
      return `the \`token\` of profile ${JSON.stringify(name)} is not a text`;
  }
  return null;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
