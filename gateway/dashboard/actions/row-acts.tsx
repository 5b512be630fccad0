/** @jsxRuntime automatic */
/** @jsxImportSource hono/jsx */
// The links to what a reader may do with a thing of the machinery, in its row or on its page.

import type { Alert } from '../../../goals/wire/alerts.ts';
import type { BackfillView, LeaseView, ScheduleSummaryView } from '../../../goals/wire/answers.ts';
import type { PageReader } from '../reader.ts';
import { teamOfAlert } from './operation-actions.tsx';

const Links = ({
  at,
  of,
  verbs,
  isPage = false,
}: {
  at: string;
  of: string;
  verbs: readonly string[];
  /** On the page of the thing itself they are buttons. */
  isPage?: boolean;
}) => (
  <span class={isPage ? 'acts' : 'facts'} id={isPage ? 'acts' : undefined}>
    {verbs.map((verb) => (
      <a href={`${at}/${verb}`} class={isPage ? `b${verb === 'cancel' ? ' no' : ''}` : undefined} data-act>
        {`${verb.charAt(0).toUpperCase()}${verb.slice(1)}`}…<span class="sr"> {of}</span>
      </a>
    ))}
  </span>
);

export function ScheduleActs({ schedule, reader }: { schedule: ScheduleSummaryView; reader: PageReader }) {
  const { id, goal, name, team, state } = schedule;
  if (state === 'absent' || !reader.may('operator', team)) return null;
  const verbs = [state === 'paused' ? 'unpause' : 'pause', 'trigger'];
  return <Links at={`/schedules/${encodeURIComponent(id)}`} of={`${name} of ${goal}`} verbs={verbs} />;
}

export function BackfillActs({
  backfill,
  reader,
  isPage = false,
}: {
  backfill: BackfillView;
  reader: PageReader;
  isPage?: boolean;
}) {
  const { id, state, team } = backfill;
  if (state === 'closed' || !reader.may('operator', team)) return null;
  const verbs = [state === 'paused' ? 'unpause' : 'pause', 'cancel'];
  return <Links at={`/backfills/${encodeURIComponent(id)}`} of={id} verbs={verbs} isPage={isPage} />;
}

export function LeaseActs({ lease: { id, state, team }, reader }: { lease: LeaseView; reader: PageReader }) {
  if (state !== 'stuck' || !reader.may('operator', team)) return null;
  return <Links at={`/leases/${encodeURIComponent(id)}`} of={id} verbs={['retry']} />;
}

export function AlertActs({ alert, reader }: { alert: Alert; reader: PageReader }) {
  if (alert.state !== 'open' || alert.acknowledged !== null) return null;
  if (!reader.may('operator', teamOfAlert(alert, reader))) return null;
  return (
    <div class="acts" id="acts">
      <a class="b main" href={`/alerts/${encodeURIComponent(alert.id)}/ack`}>
        I am on it…
      </a>
    </div>
  );
}
