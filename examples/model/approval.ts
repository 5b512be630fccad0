// A person's word, as a plain Temporal signal, until goals can ask for an approval themselves:
// `temporal workflow signal --workflow-id model-ready:… --name approve --input '{"by":"ada","yes":true}'`

import { condition, defineSignal, setHandler } from '@temporalio/workflow';
import { z } from 'zod';

const wordSchema = z.object({ by: z.string().min(1), yes: z.boolean(), reason: z.string().optional() });
export type Word = z.infer<typeof wordSchema>;

const approve = defineSignal<[unknown]>('approve');

/** Waits for the first word that can be understood. */
export async function wordOfAPerson(): Promise<Word> {
  let said: Word | undefined;
  setHandler(approve, (given) => {
    said ??= wordSchema.safeParse(given).data;
  });
  await condition(() => said !== undefined);
  return said as Word;
}
