// Which sinks of records a worker's environment asks for, and how they are kept filled.

import { milliseconds } from '../../goals/duration.ts';
import { holdsCredentials } from '../../process/credentials.ts';
import { StartProblem } from '../../process/start-problem.ts';
import { keyOfSecret } from '../post-signed.ts';
import { directorySink } from './record-sink/directory.ts';
import { openLineageSink } from './record-sink/open-lineage.ts';
import { subscriptionSink } from './record-sink/subscription.ts';
import { webhookSink } from './record-sink/webhook.ts';
import type { RecordSink, RecordsOptions } from './record-sink.ts';
import { subscriptionsFrom } from './subscriptions.ts';

/** What GOALKEEPER_RECORDS_* and GOALKEEPER_SUBSCRIPTIONS ask for; null when they ask for no sink. Throws a `StartProblem`. */
export function recordsFrom(environment: NodeJS.ProcessEnv): RecordsOptions | null {
  const of = (name: string): string | undefined => environment[name] || undefined;
  const [directory, url, name, period, since] = [
    of('GOALKEEPER_RECORDS_DIR'),
    of('GOALKEEPER_RECORDS_URL'),
    of('GOALKEEPER_RECORDS_NAME'),
    of('GOALKEEPER_RECORDS_PERIOD'),
    of('GOALKEEPER_RECORDS_SINCE'),
  ];
  const sinks: RecordSink[] = [];
  if (directory !== undefined) sinks.push(directorySink(directory));
  if (url !== undefined) sinks.push(webhookSink(httpUrl(url), secretOf(of('GOALKEEPER_RECORDS_SECRET'))));
  sinks.push(...lineageSinks(of));
  sinks.push(...subscriptionsFrom(environment).map((subscription) => subscriptionSink(subscription)));
  if (sinks.length === 0) return null;
  if (name !== undefined && !/^[a-z0-9][a-z0-9-]{0,59}$/.test(name))
    throw invalid('GOALKEEPER_RECORDS_NAME', name, 'lower-case letters, digits and hyphens, 60 at most');
  const from = since === undefined ? undefined : new Date(since);
  if (from !== undefined && Number.isNaN(from.getTime()))
    throw invalid('GOALKEEPER_RECORDS_SINCE', since, 'a time such as 2026-11-20T06:00:00Z');
  return {
    sinks,
    ...(name === undefined ? {} : { name }),
    ...(period === undefined ? {} : { periodMs: periodOf(period) }),
    ...(from === undefined ? {} : { since: from }),
  };
}

const invalid = (variable: string, given: unknown, wanted: string): StartProblem =>
  new StartProblem('records_invalid', `${variable} is '${given}'; give ${wanted}`);

function periodOf(given: string): number {
  const ms = milliseconds(given);
  if (ms === null || ms < 100 || ms > 3_600_000)
    throw invalid('GOALKEEPER_RECORDS_PERIOD', given, 'a duration such as 10s, of an hour at most');
  return ms;
}

function lineageSinks(of: (name: string) => string | undefined): RecordSink[] {
  const [url, namespace = 'goalkeeper', key] = [
    of('GOALKEEPER_OPENLINEAGE_URL'),
    of('GOALKEEPER_OPENLINEAGE_NAMESPACE'),
    of('GOALKEEPER_OPENLINEAGE_KEY'),
  ];
  if (url === undefined) return [];
  return [openLineageSink(httpUrl(url, 'GOALKEEPER_OPENLINEAGE_URL'), namespace, key ?? null)];
}

function httpUrl(given: string, variable = 'GOALKEEPER_RECORDS_URL'): URL {
  if (holdsCredentials(given))
    throw invalid(
      variable,
      '…',
      variable === 'GOALKEEPER_RECORDS_URL'
        ? 'a URL without a user or password: GOALKEEPER_RECORDS_SECRET signs what is sent'
        : 'a URL without a user or password: GOALKEEPER_OPENLINEAGE_KEY is the key that the server wants',
    );
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw invalid(variable, given, 'an http or https URL');
  return url;
}

/** The key of a Standard Webhooks secret: `whsec_` and base64. */
function secretOf(given: string | undefined): Buffer | null {
  if (given === undefined) return null;
  const key = keyOfSecret(/^(?:whsec_)?[A-Za-z0-9+/]+=*$/.test(given) ? given : '');
  // What is wrong with it is said without saying it.
  if (key.length < 16)
    throw invalid('GOALKEEPER_RECORDS_SECRET', '…', 'at least 16 bytes in base64, with or without whsec_');
  return key;
}
