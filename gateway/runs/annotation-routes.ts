// The routes by which people give runs tags and notes.

import { z } from 'zod';
import { verifiedMark } from '../../goals/wire/actor.ts';
import { NOTE_LIMIT, TAGS_LIMIT, tagSchema } from '../../goals/wire/annotations.ts';
import { runSchema } from '../../goals/wire/run-view.ts';
import { actorField, executionField } from '../http/request-fields.ts';
import { route } from '../route-deps.ts';
import { annotate } from './annotations.ts';

const RUN_ID = 'ID of the run';
const PROBLEMS = ['run_id_malformed', 'run_unknown', 'annotations_full'] as const;
const executionOf = executionField.optional().describe('an older execution of the run; default: the latest');
const answers = { 200: { description: 'the run, with its tags and notes', schema: runSchema } } as const;

const tagsField = z.array(tagSchema).max(TAGS_LIMIT).default([]);

const tagsBodySchema = z
  .strictObject({
    add: tagsField.describe('tags that the run gets'),
    remove: tagsField.describe('tags that it loses'),
    by: actorField,
    execution: executionOf,
  })
  .refine(({ add, remove }) => add.length + remove.length > 0, {
    path: ['add'],
    error: 'is missing, and so is `remove`',
  })
  .refine(({ add, remove }) => add.every((tag) => !remove.includes(tag)), {
    path: ['remove'],
    error: 'has a tag that is to be added, too',
  });

export const tagRun = route({
  method: 'POST',
  path: '/runs/:id/tags',
  role: 'operator',
  summary: 'Gives a run tags, open or closed, or takes them away.',
  params: { id: RUN_ID },
  body: { schema: tagsBodySchema },
  answers,
  problems: PROBLEMS,
  async handle({ params: { id }, body: { add, remove, by, execution }, caller, c }, deps) {
    const found = await deps.runs.find(id, execution);
    const run = await annotate(deps, found, { kind: 'tag', add, remove, by, ...verifiedMark(caller) });
    return c.json(deps.shown(run));
  },
});

const noteBodySchema = z.strictObject({
  text: z.string().trim().min(1, 'is empty').max(NOTE_LIMIT).describe(`in 1 to ${NOTE_LIMIT} characters`),
  by: actorField,
  execution: executionOf,
});

export const noteRun = route({
  method: 'POST',
  path: '/runs/:id/notes',
  role: 'operator',
  summary: 'Writes a note on a run, open or closed.',
  params: { id: RUN_ID },
  body: { schema: noteBodySchema },
  answers,
  problems: PROBLEMS,
  async handle({ params: { id }, body: { text, by, execution }, caller, c }, deps) {
    const found = await deps.runs.find(id, execution);
    const [plain = ''] = deps.redact([text]);
    const run = await annotate(deps, found, { kind: 'note', text: plain, by, ...verifiedMark(caller) });
    return c.json(deps.shown(run));
  },
});
