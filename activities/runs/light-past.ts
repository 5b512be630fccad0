// The local activity by which a host hears what earlier executions of it know of keys.

import { Context } from '@temporalio/activity';
import type { LightPast, LightPastRequest } from '../../goals/wire/light.ts';
import { EXECUTIONS_LIMIT, lightKeysBefore } from '../../process/light-index.ts';

/** How often one host's bound is told of. */
const TELL_MS = 3_600_000;
const told = new Map<string, number>();

export function lightPast(request: LightPastRequest): Promise<LightPast> {
  const { client, log } = Context.current();
  const { host } = request;
  return lightKeysBefore({ client, call: (make) => make(client.workflowService) }, request, {
    onCut: (closed) => {
      if (Date.now() - (told.get(host) ?? Number.NEGATIVE_INFINITY) < TELL_MS) return;
      told.set(host, Date.now());
      log.warn(
        `keys that ${host} had before ${new Date(closed).toISOString()} count as new, as it has gone on more than ${EXECUTIONS_LIMIT} times since; give the goal more hosts, or say by \`fresh\` how long an outcome holds`,
      );
    },
  });
}
