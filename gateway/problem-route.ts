// The route that the `type` of a problem leads to: what the code means, and how to mend it.

import { z } from 'zod';
import { type ProblemCode, problems } from '../goals/wire/problem-codes.ts';
import { Problem } from './http/problems.ts';
import { route } from './route-deps.ts';

const explainedSchema = z.object({
  code: z.string(),
  status: z.int(),
  title: z.string(),
  means: z.string(),
  mend: z.string(),
});

export const showProblem = route({
  method: 'GET',
  path: '/problems/:code',
  role: 'open',
  summary: 'Explains the code of a problem: as a page for a browser, as JSON for a program.',
  params: { code: 'code of a problem' },
  query: 'ignored',
  answers: { 200: { description: 'what the code means, and how to mend it', schema: explainedSchema } },
  problems: ['problem_unknown'],
  handle({ params: { code }, c }) {
    if (!isProblemCode(code))
      throw new Problem('problem_unknown', 'No problem of this API has that code. The reference lists all.');
    return c.json({ code, ...problems[code] });
  },
});

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problems, code);
