// Events, and what a goal says of those that start it: data, as the gateway runs no user code.

import { z } from 'zod';
import { paceTermsSchema } from './event-pace.ts';
import { valueAt } from './run-id.ts';
import { canonicalJson } from './text/canonical-json.ts';
import { sha256 } from './text/sha256.ts';

export const scalarSchema = z.union([z.string(), z.number(), z.boolean(), z.null()]);
export type Scalar = z.infer<typeof scalarSchema>;

export const eventTermsSchema = z.object({
  type: z.string(),
  /** Of whichever source where there is none. Ending in `*`: of all that begin so. */
  source: z.string().optional(),
  /** By path into the event: the value, or those that are as good. */
  where: z.record(z.string(), z.union([scalarSchema, z.array(scalarSchema)])),
  /** By field of the input: a path into the event. */
  input: z.record(z.string(), z.string()),
  /** How long after the event its run begins. Left out where it begins at once. */
  delayMs: z.number().optional(),
  /** How events that come often become fewer runs. Left out where each has its own. */
  pace: paceTermsSchema.optional(),
  batch: z.object({ size: z.int(), afterMs: z.number() }).optional(),
});

/** Which events start a run of a goal, and what of them becomes its input. */
export type EventTerms = z.infer<typeof eventTermsSchema>;

const TEXT_LIMIT = 1000;
const attribute = z.string().min(1, 'is empty').max(TEXT_LIMIT, `has more than ${TEXT_LIMIT} characters`);

/** By CloudEvents 1.0 an attribute that is null is not set. Data may be null. */
const withoutUnset = (event: unknown): unknown =>
  typeof event !== 'object' || event === null || Array.isArray(event)
    ? event
    : Object.fromEntries(Object.entries(event).filter(([name, value]) => value !== null || name === 'data'));

const setSchema = z.looseObject({
  specversion: z.literal('1.0', "must be '1.0'"),
  id: attribute,
  source: attribute,
  type: attribute,
  subject: attribute.optional(),
  time: z.iso.datetime({ offset: true, error: 'write such as 2026-11-20T06:00:00Z' }).optional(),
  datacontenttype: attribute.optional(),
  dataschema: attribute.optional(),
  data: z.unknown().optional(),
  data_base64: z.base64().optional(),
});

/** A CloudEvent 1.0 in its JSON form, with any extension attributes. Its data is `data`, or in base64 `data_base64`. */
export const cloudEventSchema = z.preprocess(withoutUnset, setSchema);
export type CloudEvent = z.infer<typeof cloudEventSchema>;

/** Whether an event of the terms' type is one that they mean. */
export const isMeant = (terms: Pick<EventTerms, 'source' | 'where'>, event: CloudEvent): boolean =>
  isOfSource(terms.source, event.source) &&
  Object.entries(terms.where).every(([path, wanted]) => {
    const value = valueAt(event, path) as Scalar;
    return Array.isArray(wanted) ? wanted.includes(value) : value === wanted;
  });

function isOfSource(wanted: string | undefined, source: string): boolean {
  if (wanted === undefined) return true;
  return wanted.endsWith('*') ? source.startsWith(wanted.slice(0, -1)) : source === wanted;
}

/** The input that an event becomes. What is not in the event is left out. */
export const inputOf = ({ input }: EventTerms, event: CloudEvent): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(input)
      .map(([field, path]) => [field, valueAt(event, path)] as const)
      .filter(([, value]) => value !== undefined),
  );

/** What makes an event the same event (CloudEvents 1.0): its source and its ID. */
export const eventDigest = ({ source, id }: Pick<CloudEvent, 'source' | 'id'>): string =>
  sha256(canonicalJson([source, id])).slice(0, 32);
