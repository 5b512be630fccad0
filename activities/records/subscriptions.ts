// Who is told of outcomes, as a worker's environment declares it.

import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { GOAL_NAME, NAME_LIMIT } from '../../goals/wire/run-id.ts';
import { outcomes } from '../../goals/wire/run-view.ts';
import { holdsCredentials } from '../../process/credentials.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { keyOfSecret } from '../post-signed.ts';
import type { Subscription } from './record-sink/subscription.ts';

/** The environment variable that declares them: a list in JSON, or the path of a file with one. */
export const SUBSCRIPTIONS = 'GOALKEEPER_SUBSCRIPTIONS';

const goalName = z.string().regex(GOAL_NAME, 'is not the name of a goal').max(NAME_LIMIT);

const subscriptionSchema = z.strictObject({
  name: z.string().regex(GOAL_NAME, "is not kebab-case; write such as 'billing'").max(NAME_LIMIT),
  url: z
    .url({ protocol: /^https?$/, error: 'is not an http or https URL' })
    .refine((url) => !holdsCredentials(url), 'holds a user or password; a `secret` signs what is sent'),
  /** Name of the environment variable that holds the secret, or whose name with `_FILE` holds its file. */
  secret: z
    .string()
    .regex(/^[A-Z][A-Z0-9_]{0,99}$/, 'is not a name of an environment variable')
    .optional(),
  goals: z.array(goalName).min(1).optional(),
  teams: z.array(z.string().min(1).max(500)).min(1).optional(),
  outcomes: z.array(z.enum(outcomes)).min(1).optional(),
  format: z.enum(['standard-webhooks', 'cloudevents']).default('standard-webhooks'),
});

/** The subscriptions that an environment declares; a `StartProblem` that says what is wrong with them. */
export function subscriptionsFrom(environment: NodeJS.ProcessEnv): Subscription[] {
  const given = environment[SUBSCRIPTIONS];
  if (!given) return [];
  const declared = z.array(subscriptionSchema).safeParse(jsonOf(given));
  if (!declared.success) throw problem(z.prettifyError(declared.error));
  const names = declared.data.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw problem(`'${twice}' is declared twice; rename one of them`);
  return declared.data.map(({ name, url, secret, goals, teams, outcomes: wanted, format }) => ({
    ...{ name, url: new URL(url), format },
    keys: secret === undefined ? [] : keysOf(name, secret, environment),
    ...{ goals: goals ?? null, teams: teams ?? null, outcomes: wanted ?? null },
  }));
}

const problem = (what: string): StartProblem =>
  new StartProblem('subscriptions_invalid', `${SUBSCRIPTIONS}: ${what}`);

function jsonOf(given: string): unknown {
  try {
    return JSON.parse(given.trimStart().startsWith('[') ? given : readFileSync(given, 'utf8'));
  } catch (error) {
    throw problem(`is neither a list in JSON nor the path of a file with one: ${(error as Error).message}`);
  }
}

/** One secret, or two while one takes the place of the other: the newer first, with a space between them. */
function keysOf(name: string, variable: string, environment: NodeJS.ProcessEnv): Buffer[] {
  const value = environment[variable] || fileOf(environment[`${variable}_FILE`]);
  if (!value) throw problem(`the secret of '${name}' is missing; set ${variable}, or ${variable}_FILE`);
  const secrets = value.trim().split(/\s+/);
  const keys = secrets.map((secret) =>
    keyOfSecret(/^(?:whsec_)?[A-Za-z0-9+/]+=*$/.test(secret) ? secret : ''),
  );
  if (keys.length > 2 || keys.some((key) => key.length < 16))
    // What is wrong with it is said without saying it.
    throw problem(
      `the secret of '${name}' in ${variable} is not one or two secrets of 16 bytes at least in base64, with or without whsec_`,
    );
  return keys;
}

function fileOf(path: string | undefined): string | undefined {
  if (!path) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw problem(`cannot read ${path}: ${(error as Error).message}`);
  }
}
