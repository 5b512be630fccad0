// Which runs a list means, as a request says it.

import { z } from 'zod';
import { tagSchema } from '../../goals/wire/annotations.ts';
import { failureKinds } from '../../goals/wire/failure.ts';
import { runMarks } from '../../goals/wire/retraction.ts';
import { outcomes, whyKinds } from '../../goals/wire/run-view.ts';
import { goalField, sinceField, teamField } from '../http/request-fields.ts';

const keyBound = z.string().regex(/^[A-Za-z0-9._~-]{1,120}$/, 'no run has such a key in its ID');

/** Tags that one list is asked for. */
const MOST_TAGS = 5;

const tagsField = z
  .string()
  .transform((given) => given.split(',').map((tag) => tag.trim()))
  .pipe(z.array(tagSchema).max(MOST_TAGS, `has more than ${MOST_TAGS} tags`))
  .describe(
    `only runs that have this tag, such as \`customer:acme\`, or all of up to ${MOST_TAGS}, with commas`,
  );

/** The filters of a list of runs; a schema of them is `asRange`. */
export const runFilterFields = {
  goal: goalField.optional(),
  owner: z.string().min(1).max(500).optional().describe('owner of a goal'),
  team: teamField.optional(),
  key: z.string().min(1).max(1000).optional().describe('key of a run, as its ID or its input has it'),
  keyFrom: keyBound
    .optional()
    .describe('first key of a range of the keys of `goal`, in the order of texts, included'),
  keyTo: keyBound.optional().describe('last key of that range, included'),
  outcome: z.enum(outcomes).optional(),
  state: z
    .enum(['delayed', 'pursuing', 'waiting', 'asking', 'struggling', 'stuck', 'closed'])
    .optional()
    .describe(
      '`delayed`: asked for at a later time; `waiting`: all that wait for a person or an event, also those that struggle beside that; `asking`: those of them that wait for a person',
    ),
  fingerprint: z
    .string()
    .regex(/^[0-9a-f]{16}$/, 'not the fingerprint of an error')
    .optional()
    .describe('only runs that an error of this fingerprint has hurt'),
  why: z.enum(whyKinds).optional().describe('only runs whose latest execution was triggered so'),
  tag: tagsField.optional(),
  mark: z
    .enum(runMarks)
    .optional()
    .describe('only runs that were retracted, or that used what was: `retracted`, `in-doubt`'),
  since: sinceField
    .optional()
    .describe('started at that time or later: a time, or how long ago, such as `24h`'),
};

/** Of a query, and so a text. */
export const isField = z.enum(['true', 'false']).transform((text) => text === 'true');
const prefixField = z.string().regex(/^[A-Za-z0-9._~:-]{1,180}$/, 'no ID of a run begins so');

/** The filters of a list of rows. */
export const rowFilterFields = {
  ...runFilterFields,
  until: sinceField.optional().describe('started before that time: a time, or how long ago, such as `24h`'),
  id: prefixField.optional().describe('with what the ID of a run begins'),
  keyPrefix: z
    .string()
    .regex(/^[A-Za-z0-9._~-]{1,120}$/, 'no run has such a key in its ID')
    .optional()
    .describe('with what the key of a run of `goal` begins, as its ID has it'),
  code: z
    .string()
    .regex(/^[A-Za-z0-9_.:-]{1,150}$/, 'not a code that can be looked for')
    .optional()
    .describe('only failed runs with this code'),
  kind: z.enum(failureKinds).optional().describe('only failed runs with this kind of failure'),
  late: isField
    .optional()
    .describe('only runs that were not reached when they were expected, or none of them'),
  accepted: isField.optional().describe('only failed runs that somebody accepted, or none of them'),
};

interface Range {
  goal?: string | undefined;
  key?: string | undefined;
  keyFrom?: string | undefined;
  keyTo?: string | undefined;
  keyPrefix?: string | undefined;
}

/** A range of keys is one of a goal's keys, and nothing beside one key. */
export const asRange = <Schema extends z.ZodType<Range>>(schema: Schema) =>
  schema
    .refine(({ keyFrom, keyTo, goal }: Range) => goal !== undefined || (keyFrom ?? keyTo) === undefined, {
      path: ['goal'],
      error: 'goes with `keyFrom` and `keyTo`: a range is one of the keys of a goal',
    })
    .refine(({ key, keyFrom, keyTo }: Range) => key === undefined || (keyFrom ?? keyTo) === undefined, {
      path: ['key'],
      error: 'goes with neither `keyFrom` nor `keyTo`',
    })
    .refine(({ keyPrefix, goal }: Range) => keyPrefix === undefined || goal !== undefined, {
      path: ['goal'],
      error: 'goes with `keyPrefix`: it is one of the keys of a goal',
    });
