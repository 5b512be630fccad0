// Whether an answer is what its row says: looked at where we develop, so that no answer is described otherwise than it is.

import { z } from 'zod';
import type { RouteFacts } from './route.ts';
import { checksOf } from './schema-checks.ts';

/** What is wrong with an answer, by the row of its route; null when nothing is. Leaves the answer's body to be read. */
export async function answerMisfit({ answers }: RouteFacts, response: Response): Promise<string | null> {
  const answer = answers[response.status];
  if (answer === undefined) return `does not declare that it answers ${response.status}`;
  const { mediaType = 'application/json', schema } = answer;
  const [given = null] = (response.headers.get('content-type') ?? '').split(';');
  // A page for a browser beside the data for a program.
  if (mediaType === 'application/json' && given === 'text/html') return null;
  if ((given === '' ? null : given) !== mediaType) return `declares ${mediaType}, and answers ${given}`;
  if (mediaType !== 'application/json') return null;
  if (schema === undefined) return 'answers JSON that it does not describe';
  const [misfit] = checksOf(z.toJSONSchema(schema)).first(await response.clone().json());
  return misfit === undefined
    ? null
    : `answers ${misfit.instancePath || 'a whole'} that ${misfit.message} ${JSON.stringify(misfit.params)}`;
}
