// Where the records of closed runs are kept beyond Temporal's retention: the interface of a sink, and which sinks a
// worker's environment asks for. The sinks themselves are in record-sink/.

import { milliseconds } from '../../goals/duration.ts';
import type { RunRecord } from '../../goals/wire/run-record.ts';
import { holdsCredentials } from '../../process/credentials.ts';
import { StartProblem } from '../../process/start-problem.ts';
import type { ClosedRun } from '../../views/closed-runs.ts';
import { keyOfSecret } from '../sign-webhook.ts';
import { directorySink } from './record-sink/directory.ts';
import { webhookSink } from './record-sink/webhook.ts';

export interface RecordSink {
  /** Part of the name of the workflow that keeps it filled. */
  readonly kind: 'directory' | 'webhook';
  /** Throws a `StartProblem` when it cannot be written to at all. */
  open(): Promise<void>;
  /** Whether it has the record for certain. */
  has(run: ClosedRun): Promise<boolean>;
  /**
   * Resolves once the record is kept, or `refused` for good. Throws when it should be offered again. Offered twice, it
   * is kept once, or is to be told by its execution.
   */
  write(run: ClosedRun, record: RunRecord, signal: AbortSignal): Promise<'kept' | 'refused'>;
}

export interface RecordsOptions {
  sinks: readonly RecordSink[];
  /** Tells apart several sinks of a kind in one namespace. Default: there is only one. */
  name?: string;
  /** Between two looks at what has closed. Default 10 s. */
  periodMs?: number;
  /** Of a sink that is new: runs that closed before are left out. Default: all that Temporal still keeps. */
  since?: Date;
}

/** What GOALKEEPER_RECORDS_* ask for; null when they ask for no sink. Throws a `StartProblem`. */
export function recordsFrom(environment: NodeJS.ProcessEnv): RecordsOptions | null {
  const of = (name: string): string | undefined => environment[`GOALKEEPER_RECORDS_${name}`] || undefined;
  const [directory, url, name, period, since] = [of('DIR'), of('URL'), of('NAME'), of('PERIOD'), of('SINCE')];
  const sinks: RecordSink[] = [];
  if (directory !== undefined) sinks.push(directorySink(directory));
  if (url !== undefined) sinks.push(webhookSink(httpUrl(url), secretOf(of('SECRET'))));
  if (sinks.length === 0) return null;
  if (name !== undefined && !/^[a-z0-9][a-z0-9-]{0,59}$/.test(name))
    throw invalid('NAME', name, 'lower-case letters, digits and hyphens, 60 at most');
  const from = since === undefined ? undefined : new Date(since);
  if (from !== undefined && Number.isNaN(from.getTime()))
    throw invalid('SINCE', since, 'a time such as 2026-11-20T06:00:00Z');
  return {
    sinks,
    ...(name === undefined ? {} : { name }),
    ...(period === undefined ? {} : { periodMs: periodOf(period) }),
    ...(from === undefined ? {} : { since: from }),
  };
}

const invalid = (variable: string, given: unknown, wanted: string): StartProblem =>
  new StartProblem('records_invalid', `GOALKEEPER_RECORDS_${variable} is '${given}'; give ${wanted}`);

function periodOf(given: string): number {
  const ms = milliseconds(given);
  if (ms === null || ms < 100 || ms > 3_600_000)
    throw invalid('PERIOD', given, 'a duration such as 10s, of an hour at most');
  return ms;
}

function httpUrl(given: string): URL {
  if (holdsCredentials(given))
    throw invalid(
      'URL',
      '…',
      'a URL without a user or password: GOALKEEPER_RECORDS_SECRET signs what is sent',
    );
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw invalid('URL', given, 'an http or https URL');
  return url;
}

/** The key of a Standard Webhooks secret: `whsec_` and base64. */
function secretOf(given: string | undefined): Buffer | null {
  if (given === undefined) return null;
  const key = keyOfSecret(/^(?:whsec_)?[A-Za-z0-9+/]+=*$/.test(given) ? given : '');
  // What is wrong with it is said without saying it.
  if (key.length < 16) throw invalid('SECRET', '…', 'at least 16 bytes in base64, with or without whsec_');
  return key;
}
