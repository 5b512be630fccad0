// The route by which people see what needs one of them now.

import { z } from 'zod';
import { attentionSchema } from '../../goals/wire/attention.ts';
import { route } from '../route-deps.ts';

export const showAttention = route({
  method: 'GET',
  path: '/attention',
  role: 'viewer',
  summary:
    'Shows what needs a person now: outcomes not reached, about to slip, waiting, stale; and how many.',
  query: z.strictObject({}),
  answers: { 200: { description: 'what needs a person, from the last 7 days', schema: attentionSchema } },
  handle: async ({ c }, deps) => c.json(await deps.attention(deps)),
});
