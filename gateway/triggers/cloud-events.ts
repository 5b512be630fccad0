// CloudEvents 1.0 as HTTP brings them: one in JSON, many in JSON, or one whose attributes are headers.

import type { Context } from 'hono';
import { z } from 'zod';
import { type CloudEvent, cloudEventSchema } from '../../goals/wire/events.ts';
import { Problem } from '../http/problems.ts';
import { fitted, parseJson, readBytes } from '../http/read-body.ts';

/** More are sent in several requests. */
const EVENTS_LIMIT = 1000;

export const manyEventsSchema = z
  .array(cloudEventSchema)
  .max(EVENTS_LIMIT, `has more than ${EVENTS_LIMIT} events`);

/** The events of a request; a `Problem` when one of them is none, and then all are refused. */
export async function readEvents(c: Context): Promise<CloudEvent[]> {
  const type = mediaType(c.req.header('content-type'));
  if (type === 'application/cloudevents+json')
    return [withData(fitted(cloudEventSchema, parseJson(await readBytes(c))))];
  if (type === 'application/cloudevents-batch+json')
    return fitted(manyEventsSchema, parseJson(await readBytes(c))).map(withData);
  if (c.req.header('ce-specversion') !== undefined) return [await readBinary(c)];
  throw new Problem(
    'media_type_unsupported',
    'Send application/cloudevents+json, application/cloudevents-batch+json, or the attributes as headers ce-…',
  );
}

async function readBinary(c: Context): Promise<CloudEvent> {
  const attributes = Object.entries(c.req.header())
    .filter(([name]) => /^ce-[a-z0-9]+$/.test(name))
    .map(([name, value]) => [name.slice(3), decoded(value)]);
  const datacontenttype = c.req.header('content-type');
  const event = fitted(cloudEventSchema, {
    ...Object.fromEntries(attributes),
    ...(datacontenttype === undefined ? {} : { datacontenttype }),
  });
  const bytes = await readBytes(c);
  if (bytes.byteLength === 0) return event;
  if (isJson(datacontenttype)) return { ...event, data: parseJson(bytes, ['data']) };
  if (mediaType(datacontenttype).startsWith('text/'))
    return { ...event, data: new TextDecoder().decode(bytes) };
  return { ...event, data_base64: Buffer.from(bytes).toString('base64') };
}

/** Its data as what it is, where JSON came as bytes. */
function withData({ data_base64: bytes, ...event }: CloudEvent): CloudEvent {
  if (bytes === undefined) return event as CloudEvent;
  if (!isJson(event.datacontenttype)) return { ...event, data_base64: bytes } as CloudEvent;
  return {
    ...event,
    data: parseJson(new Uint8Array(Buffer.from(bytes, 'base64')).buffer, ['data_base64']),
  } as CloudEvent;
}

const mediaType = (header: string | undefined): string =>
  (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';

const isJson = (header: string | undefined): boolean =>
  header === undefined || /^(application|text)\/([^;]+\+)?json$/.test(mediaType(header));

/** Headers have characters beyond ASCII percent-encoded. */
function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
