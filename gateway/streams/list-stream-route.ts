// The route by which whoever watches a list of runs hears of it as it changes.

import { z } from 'zod';
import { teamsOf } from '../access/principal.ts';
import { limitField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { asRange, rowFilterFields } from '../runs/run-filter.ts';
import { followList } from './follow-list.ts';
import { viewerOf } from './viewer.ts';

export const streamRuns = route({
  method: 'GET',
  path: '/runs/events',
  role: 'viewer',
  summary: 'Streams the first page of a list of runs as it changes.',
  query: asRange(z.strictObject({ ...rowFilterFields, limit: limitField })),
  headers: ['last-event-id'],
  answers: {
    200: { description: 'server-sent events: `list` and `away`', mediaType: 'text/event-stream' },
  },
  problems: ['caller_streams_full', 'streams_full'],
  async handle({ query: { limit, id, ...filter }, c }, deps) {
    const { since, until, ...rest } = filter;
    // As JSON: a team may be called `all`, and its name may have commas.
    const teams = JSON.stringify(teamsOf(deps.principal, 'viewer'));
    // Those who may see the same teams watch the same list.
    const asked = JSON.stringify([teams, limit, id, since?.text, until?.text, Object.entries(rest).sort()]);
    return deps.streams.answer(
      c,
      viewerOf(deps, (now) => JSON.stringify(teamsOf(now, 'viewer')) === teams),
      `list ${asked}`,
      followList(deps, { ...filter, idPrefix: id }, limit),
    );
  },
});
