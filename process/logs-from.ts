// Where whole logs are, as the environment says: GOALKEEPER_LOGS and GOALKEEPER_LOGS_LINK.

import { isAbsolute } from 'node:path';
import { LogBucket } from './log-bucket.ts';
import { LogDirectory } from './log-directory.ts';
import type { LogStore } from './log-store.ts';
import { StartProblem } from './start-problem.ts';

/**
 * The store that GOALKEEPER_LOGS names; null where none is named.
 * @throws StartProblem `logs_invalid` when it is neither a directory nor a bucket.
 */
export async function logStoreFrom(
  environment: Record<string, string | undefined>,
): Promise<LogStore | null> {
  const { GOALKEEPER_LOGS: place = '' } = environment;
  if (place === '' || place === 'off') return null;
  const bucket = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/?$/.exec(place)?.[1];
  if (bucket !== undefined) return LogBucket.open(bucket, environment);
  if (isAbsolute(place)) return new LogDirectory(place);
  throw new StartProblem(
    'logs_invalid',
    `GOALKEEPER_LOGS is ${JSON.stringify(place)}; give the absolute path of a directory that workers and gateways have, s3://bucket, or off`,
  );
}

const LINK_FIELD = /\{(run|step|attempt)\}/g;

/**
 * The template of GOALKEEPER_LOGS_LINK, an address with `{run}`, `{step}` and `{attempt}`; null where there is none.
 * @throws StartProblem `logs_link_invalid` when it is no address of a page.
 */
export function logsLinkFrom({
  GOALKEEPER_LOGS_LINK: given,
}: Record<string, string | undefined>): string | null {
  if (!given) return null;
  const example = given.replace(LINK_FIELD, 'x');
  if (/^https?:\/\//.test(given) && URL.canParse(example) && !/[{}]/.test(example)) return given;
  throw new StartProblem(
    'logs_link_invalid',
    'GOALKEEPER_LOGS_LINK is not such as https://loki.example/explore?run={run}&step={step}&attempt={attempt}; it has these fields and no others',
  );
}

/** The address in a team's own system; a field that is not known is empty. */
export const logsLink = (
  template: string,
  fields: Partial<Record<'run' | 'step' | 'attempt', string>>,
): string =>
  template.replace(LINK_FIELD, (_, name: 'run' | 'step' | 'attempt') =>
    encodeURIComponent(fields[name] ?? ''),
  );
