// The local activity by which a host hears what earlier executions of it know of keys.

import { Context } from '@temporalio/activity';
import type { LightPast, LightPastRequest } from '../../goals/wire/light.ts';
import { lightKeysBefore } from '../../process/light-index.ts';

export function lightPast(request: LightPastRequest): Promise<LightPast> {
  const { client } = Context.current();
  return lightKeysBefore({ client, call: (make) => make(client.workflowService) }, request);
}
