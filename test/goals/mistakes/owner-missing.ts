import { z } from 'zod';
import { goal } from '../../../goals/index.ts';

goal({
  name: 'ownerless',
  outcome: 'It is there',
  team: 'shop',
  input: z.object({ day: z.iso.date() }),
  output: z.object({}),
  key: ['day'],
  criteria: { there: () => true },
  pursue: async () => ({}),
});
