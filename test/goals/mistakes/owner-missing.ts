import { goal } from 'goalkeeper';
import { z } from 'zod';

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
