// The keys with which the runs of a worker check who decided: public ones, so that nobody can sign who reads them.

import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { type DecisionKey, decisionKeySchema } from '../goals/wire/decision-signature.ts';
import { DECISION_KEYS_GLOBAL } from '../goals/wire/names.ts';
import { StartProblem } from '../process/start-problem.ts';

const keysSchema = z.array(decisionKeySchema).min(1, 'is empty').max(20);
const VARIABLE = 'GOALKEEPER_DECISION_KEYS';

/** Those of the environment: a JSON list, or the path of a file that holds one; null where there are none. */
export async function decisionKeysFrom(environment: NodeJS.ProcessEnv): Promise<DecisionKey[] | null> {
  const given = environment[VARIABLE]?.trim();
  if (!given) return null;
  const text = given.startsWith('[')
    ? given
    : await readFile(given, 'utf8').catch((cause: unknown) => {
        throw new StartProblem('decision_keys_invalid', `${VARIABLE} names ${given}, which cannot be read`, {
          cause,
        });
      });
  const parsed = keysSchema.safeParse(jsonIn(text));
  if (parsed.success) return parsed.data;
  throw new StartProblem('decision_keys_invalid', `${VARIABLE} is wrong: ${z.prettifyError(parsed.error)}`);
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return 'no JSON';
  }
}

/** Workflow code as it runs where runs check decisions. Its first line is made longer, so that stacks name the same lines. */
export const checkingDecisions = (code: string, keys: readonly DecisionKey[] | null): string =>
  keys === null ? code : `globalThis.${DECISION_KEYS_GLOBAL} = ${JSON.stringify(keys)}; ${code}`;
