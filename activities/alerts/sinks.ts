// Where alerts go. Known to the worker's process alone: histories know sinks by name, and no secret of theirs.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type Duration, milliseconds } from '../../goals/duration.ts';
import { type AlertSettings, DEFAULT_ALERT_SETTINGS } from '../../goals/wire/alerts.ts';
import { ALERTS_ID } from '../../goals/wire/names.ts';
import { holdsCredentials } from '../../process/credentials.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { know, knowAddress } from '../own-secrets.ts';
import { slack } from './alert-sink/slack.ts';
import { webhook } from './alert-sink/webhook.ts';
import { type AlertSink, httpUrlSchema } from './alert-sink.ts';

/** Every kind of sink that there is. */
export const alertSinks = [webhook, slack] as const;

const [first, ...others] = alertSinks;
const sinkSchema = z.discriminatedUnion('kind', [first.schema, ...others.map(({ schema }) => schema)]);
export type Sink = z.infer<typeof sinkSchema>;

/** How the sink of these settings is written to. */
export const alertSinkOf = (sink: Sink): AlertSink =>
  alertSinks.find(({ kind }) => kind === sink.kind) as AlertSink;

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
    GOALKEEPER_ALERT_SINKS: file,
    GOALKEEPER_ALERTS_ID: id,
    GOALKEEPER_URL: gateway,
    GOALKEEPER_CALLBACK_URL: callbacks,
  } = environment;
  const given: unknown[] = [
    ...alertSinks.flatMap((kind: AlertSink) => kind.ofVariables?.(environment) ?? []),
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
  if (gateway && !httpUrlSchema.safeParse(gateway).success)
    throw new StartProblem(
      'alerts_invalid',
      `GOALKEEPER_URL is '${gateway}', which is not an http or https URL`,
    );
  return {
    id: id || ALERTS_ID,
    sinks: checkSinks(given),
    url: (gateway || DEFAULT_ALERT_OPTIONS.url).replace(/\/+$/, ''),
    settings,
  };
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
    for (const secret of alertSinkOf(sink).secrets(sink)) know(`the sink ${sink.name}`, secret);
  }
  return sinks;
}
