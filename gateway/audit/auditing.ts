// What the gateway keeps of each request: what may change something, before it is done and with what came of it; and whatever
// is refused. Never a body, an input or a secret.

import type { Context } from 'hono';
import type { Logger } from 'pino';
import type { AuditEntry, AuditNote, AuditWhat } from '../../goals/wire/audit.ts';
import { GOAL_NAME } from '../../goals/wire/run-id.ts';
import { boundedText } from '../../goals/wire/text/bounded-text.ts';
import { redactedText } from '../../goals/wire/text/redact.ts';
import { clientOf } from '../access/peers.ts';
import type { Principal } from '../access/principal.ts';
import { Problem } from '../http/problems.ts';
import { saidIn } from '../http/read-body.ts';
import type { RouteFacts } from '../http/route.ts';
import type { AuditChain } from './audit-chain.ts';

/** Denials a second that are kept; more are counted. */
const DENIALS = 50;
const SECOND_MS = 1_000;
/** So long an act waits to be kept: as long as any call of Temporal's may take. */
const KEEP_MS = 2_500;

/**
 * They change nothing that is to be kept first: assistants ask the API by it once more, and that is kept; and a session ends
 * though Temporal is away.
 */
const READS: ReadonlySet<string> = new Set(['POST /mcp', 'POST /sign-out']);

const TAKES_NOTE: ReadonlySet<string> = new Set([
  ...['credentials_missing', 'credentials_invalid', 'role_missing', 'rate_limited', 'cross_site'],
  ...['actor_differs', 'sign_in_failed', 'approval_own', 'approval_not_theirs', 'decision_unsigned'],
]);

export interface AuditedRequest {
  c: Context;
  route: Pick<RouteFacts, 'method' | 'path'>;
  principal: Principal | null;
}

export interface Auditing {
  /** Keeps that somebody is about to do something: resolves with what keeps what came of it. Throws a `Problem` where it cannot be kept. */
  act(asked: AuditedRequest): Promise<(isForeign: boolean) => void>;
  /** Keeps that something was refused. */
  denied(asked: AuditedRequest, problem: { code: string; status: number }): void;
  /** Keeps anything else that somebody did. */
  note(asked: AuditedRequest, what: AuditWhat): void;
  stop(ms: number): Promise<void>;
}

export interface AuditingOptions {
  chain: AuditChain;
  /** The team of a goal, whoever asks; null where there is none. */
  teamOf(goal: string): Promise<string | null>;
  proxies(): readonly string[];
  log: Logger;
}

/** Whether requests of the route may change something. */
export const isUnsafe = ({ method, path }: Pick<RouteFacts, 'method' | 'path'>): boolean =>
  method !== 'GET' && !READS.has(`${method} ${path}`);

/** Whether a problem is a denial. */
export const isDenial = (code: string): boolean => TAKES_NOTE.has(code);

export function auditing({ chain, teamOf, proxies, log }: AuditingOptions): Auditing {
  let second = 0;
  let denials = 0;
  let dropped = 0;

  const write = async (asked: AuditedRequest, what: AuditWhat, goal: string | null): Promise<AuditEntry> => {
    const { c, route, principal } = asked;
    const team = goal === null ? null : await teamOf(goal).catch(() => null);
    const note: AuditNote = {
      at: new Date().toISOString(),
      who: {
        name: principal?.name ?? null,
        kind: principal?.kind ?? 'unknown',
        how: principal?.how ?? 'none',
        from: clientOf(c, proxies()),
      },
      route: `${route.method} ${route.path}`,
      params: Object.fromEntries(
        Object.entries(c.req.param() as Record<string, string>).map(([name, text]) => [name, shown(text)]),
      ),
      ...{ goal, team, what },
    };
    const kept = chain.append(note);
    if (kept === null) throw unkept();
    const entry = await kept;
    log.info({ audit: true, ...entry }, 'audit');
    return entry;
  };
  const forget = (writing: Promise<unknown>): void => {
    writing.catch((error: unknown) => log.error({ err: error }, 'an entry of the audit was not kept'));
  };

  return {
    async act(asked) {
      const { c } = asked;
      const goal = goalOf(c.req.param() as Record<string, string>);
      const kept = write(asked, { kind: 'act' }, goal);
      const act = await withinTime(kept, (entry) => {
        const what = {
          kind: 'result',
          of: entry.seq,
          status: 503,
          code: 'temporal_unavailable',
          reason: null,
        } as const;
        forget(write(asked, what, goal));
      });
      return (isForeign) => {
        const { status } = c.res;
        const location = c.res.headers.get('location');
        const code = isForeign ? 'foreign' : c.error instanceof Problem ? c.error.code : null;
        const { reason, dryRun } = saidIn(c);
        const what: AuditWhat = {
          ...{ kind: 'result', of: act.seq, status, code },
          reason: reason === undefined ? null : shown(reason),
          ...(dryRun === true ? { dryRun } : {}),
          ...(location === null ? {} : { location: boundedText(location, 300) }),
        };
        forget(write(asked, what, goal ?? goalOf({ id: location?.split('/').at(-1) ?? '' })));
      };
    },
    denied(asked, { code, status }) {
      const now = Math.floor(Date.now() / SECOND_MS);
      if (now !== second) [second, denials] = [now, 0];
      if (++denials > DENIALS) {
        dropped++;
        return;
      }
      const count = dropped;
      dropped = 0;
      if (count > 0) forget(write({ ...asked, principal: null }, { kind: 'dropped', count }, null));
      forget(
        write(asked, { kind: 'denied', status, code }, goalOf(asked.c.req.param() as Record<string, string>)),
      );
    },
    note(asked, what) {
      forget(write(asked, what, goalOf(asked.c.req.param() as Record<string, string>)));
    },
    stop: (ms) => chain.stop(ms),
  };
}

const shown = (text: string): string => boundedText(redactedText(text), 300);

/** The goal that a path names: by its name, or in the ID of a run, a schedule, a backfill or a lease. */
function goalOf({ goal, id = '' }: Record<string, string>): string | null {
  const named =
    goal ??
    decodeURIComponentOr(id)
      .replace(/^gk-(?:schedule|backfill|lease):/, '')
      .split(':')[0] ??
    '';
  const isOfId = goal === undefined && !id.includes(':');
  return GOAL_NAME.test(named) && !isOfId ? named : null;
}

function decodeURIComponentOr(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const unkept = (): Problem =>
  new Problem(
    'temporal_unavailable',
    'Temporal does not keep who asked, and so nothing is done. Try again.',
    {
      headers: { 'retry-after': '2' },
    },
  );

/** audit-chain.1: what is not kept in time is not done; the entry may come all the same, and its result says so. */
async function withinTime(
  kept: Promise<AuditEntry>,
  onLate: (entry: AuditEntry) => void,
): Promise<AuditEntry> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      kept.then(onLate, () => {});
      reject(unkept());
    }, KEEP_MS);
  });
  kept.catch(() => {});
  try {
    return await Promise.race([kept, late]);
  } finally {
    clearTimeout(timer);
  }
}
