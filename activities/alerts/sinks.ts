// Where alerts go. Known to the worker's process alone: histories know sinks by name, and no secret of theirs.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type Duration, milliseconds } from '../../goals/duration.ts';
import { type AlertSettings, DEFAULT_ALERT_SETTINGS } from '../../goals/wire/alerts.ts';
import { ALERTS_ID } from '../../goals/wire/names.ts';
import { holdsCredentials } from '../../process/credentials.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { know, knowAddress } from '../own-secrets.ts';

const urlSchema = z.string().refine((url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol), {
  error: 'is no http or https URL',
});
const sinkUrlSchema = urlSchema.refine((url) => !holdsCredentials(url), {
  error: 'holds a user or password, with which nothing can be sent; put a token into its path',
});
const nameSchema = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, 'must be kebab-case, at most 40 characters');
const secretSchema = z
  .string()
  .regex(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/, 'must be whsec_ and the base64 of at least 24 bytes');

const sinkSchema = z.discriminatedUnion('kind', [
  /** Signed as Standard Webhooks says. */
  z.strictObject({ name: nameSchema, kind: z.literal('webhook'), url: sinkUrlSchema, secret: secretSchema }),
  /** Whatever takes Slack's incoming webhooks. */
  z.strictObject({ name: nameSchema, kind: z.literal('slack'), url: sinkUrlSchema }),
]);
export type Sink = z.infer<typeof sinkSchema>;

export interface AlertOptions {
  /** Workflow ID of the alerts workflow. Workers that name another tell, and sweep for, their own runs only. */
  id: string;
  sinks: readonly Sink[];
  /** Where the gateway is, for links. */
  url: string;
  settings: AlertSettings;
}

export const DEFAULT_ALERT_OPTIONS: AlertOptions = {
  id: ALERTS_ID,
  sinks: [],
  url: 'http://127.0.0.1:3000',
  settings: DEFAULT_ALERT_SETTINGS,
};

const VARIABLES = {
  GOALKEEPER_ALERT_COOLDOWN: 'cooldownMs',
  GOALKEEPER_ALERT_GATHER: 'gatherMs',
  GOALKEEPER_ALERT_SWEEP: 'sweepMs',
  GOALKEEPER_ALERT_TIMEOUT: 'deliveryMs',
  GOALKEEPER_STUCK_AFTER: 'stuckMs',
} as const satisfies Record<string, keyof AlertSettings>;

/** Reads the worker's environment. Throws a `StartProblem` that names the variable, and shows no secret. */
export async function alertOptions(environment: NodeJS.ProcessEnv): Promise<AlertOptions> {
  const {
    GOALKEEPER_ALERT_WEBHOOK_URL: url,
    GOALKEEPER_ALERT_WEBHOOK_SECRET: secret,
    GOALKEEPER_ALERT_SLACK_URL: slack,
    GOALKEEPER_ALERT_SINKS: file,
    GOALKEEPER_ALERTS_ID: id,
    GOALKEEPER_URL: gateway,
    GOALKEEPER_CALLBACK_URL: callbacks,
  } = environment;
  const problem = problemOfVariables(url, secret, slack);
  if (problem !== null) throw new StartProblem('alerts_invalid', problem);
  const given: unknown[] = [
    ...(url ? [{ name: 'webhook', kind: 'webhook', url, secret }] : []),
    ...(slack ? [{ name: 'slack', kind: 'slack', url: slack }] : []),
    ...(file ? await sinksIn(file) : []),
  ];
  const settings = { ...DEFAULT_ALERT_SETTINGS };
  for (const [variable, name] of Object.entries(VARIABLES)) {
    const duration = environment[variable];
    if (!duration) continue;
    const ms = milliseconds(duration as Duration);
    if (ms === null)
      throw new StartProblem('alerts_invalid', `${variable} is '${duration}'; write such as 30s or 15m`);
    settings[name] = ms;
  }
  if (gateway && holdsCredentials(gateway))
    throw new StartProblem(
      'alerts_invalid',
      'GOALKEEPER_URL holds a user or password; it is shown in alerts',
    );
  if (callbacks && holdsCredentials(callbacks))
    throw new StartProblem(
      'alerts_invalid',
      'GOALKEEPER_CALLBACK_URL holds a user or password; endpoints are told it',
    );
  if (gateway && !urlSchema.safeParse(gateway).success)
    throw new StartProblem('alerts_invalid', `GOALKEEPER_URL is '${gateway}', which is no http or https URL`);
  return {
    id: id || ALERTS_ID,
    sinks: checkSinks(given),
    url: (gateway || DEFAULT_ALERT_OPTIONS.url).replace(/\/+$/, ''),
    settings,
  };
}

/** In the names of the variables, as whoever set them knows no sink by name. */
function problemOfVariables(
  url: string | undefined,
  secret: string | undefined,
  slack: string | undefined,
): string | null {
  const isUrl = (text: string): boolean => urlSchema.safeParse(text).success;
  const isSecret = (text: string): boolean => secretSchema.safeParse(text).success;
  const how = 'whsec_ and the base64 of at least 24 bytes';
  if (url && !secret)
    return `GOALKEEPER_ALERT_WEBHOOK_URL is set and GOALKEEPER_ALERT_WEBHOOK_SECRET is not; set it to ${how}`;
  if (secret && !url)
    return 'GOALKEEPER_ALERT_WEBHOOK_SECRET is set and GOALKEEPER_ALERT_WEBHOOK_URL is not; set it, or drop the secret';
  for (const [name, given] of Object.entries({ WEBHOOK: url, SLACK: slack }))
    if (given && holdsCredentials(given))
      return `GOALKEEPER_ALERT_${name}_URL holds a user or password, with which nothing can be sent`;
  if (url && !isUrl(url)) return 'GOALKEEPER_ALERT_WEBHOOK_URL is no http or https URL';
  if (secret && !isSecret(secret)) return `GOALKEEPER_ALERT_WEBHOOK_SECRET must be ${how}`;
  if (slack && !isUrl(slack)) return 'GOALKEEPER_ALERT_SLACK_URL is no http or https URL';
  return null;
}

async function sinksIn(file: string): Promise<unknown[]> {
  try {
    const list: unknown = JSON.parse(await readFile(file, 'utf8'));
    if (Array.isArray(list)) return list;
  } catch (error) {
    // The parser's own words may quote a secret.
    if (!(error instanceof SyntaxError))
      throw new StartProblem('alerts_invalid', `GOALKEEPER_ALERT_SINKS: ${(error as Error).message}`);
  }
  throw new StartProblem('alerts_invalid', `GOALKEEPER_ALERT_SINKS: ${file} holds no JSON list of sinks`);
}

function checkSinks(given: readonly unknown[]): Sink[] {
  const sinks = given.map((sink, i) => {
    const parsed = sinkSchema.safeParse(sink);
    if (parsed.success) return parsed.data;
    const { path, message } = parsed.error.issues[0] as z.core.$ZodIssue;
    const name = (sink as { name?: unknown } | null)?.name;
    const which = typeof name === 'string' ? `'${name}'` : String(i);
    throw new StartProblem('alerts_invalid', `the alert sink ${which}: ${path.join('.')} ${message}`);
  });
  const twice = sinks.find(({ name }, i) => sinks.findIndex((other) => other.name === name) !== i);
  if (twice !== undefined)
    throw new StartProblem('alerts_invalid', `two alert sinks are called '${twice.name}'; rename one`);
  for (const sink of sinks) {
    knowAddress(`the sink ${sink.name}`, sink.url);
    if (sink.kind === 'webhook') know(`the sink ${sink.name}`, sink.secret);
  }
  return sinks;
}
