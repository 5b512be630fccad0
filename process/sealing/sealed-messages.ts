// Messages of Temporal's service with every payload in them sealed, or opened, wherever in a message it is.

import type { Payload } from '@temporalio/common';
import proto from '@temporalio/proto';
import { memoNames } from '../../goals/wire/names.ts';
import { openAll, type Sealing, sealAll } from './sealing.ts';

const { Payload: PayloadProto } = proto.temporal.api.common.v1;

type Node = Record<string, unknown>;

/** Temporal reads them itself, or shows them as they are: names and counts, and nothing of a value. */
const IN_CLEAR = new Set(['header', 'searchAttributes', 'userMetadata', 'upsertEntries']);
/** Memo fields that whoever has no key must read: what is published of goals, and the permits of pools. */
const CLEAR_MEMO = new Set<string>([memoNames.publication, memoNames.pool]);
/** Requests with a text of somebody's in a field that takes no payload. */
const REASONS = new Set(['requestCancelWorkflowExecution', 'terminateWorkflowExecution']);
/** With what such a text begins when it is sealed: it is in histories, and never changes. */
const SEALED_TEXT = 'gk-sealed:';

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && !ArrayBuffer.isView(value);

/** A payload has metadata, of which one is its encoding. */
const isPayload = (node: Node): boolean =>
  Object.hasOwn(node, 'metadata') && isNode(node.metadata) && ArrayBuffer.isView(node.metadata.encoding);

/** A request with its payloads sealed; what is given does not change. */
export async function sealedRequest(
  sealing: Sealing,
  namespace: string,
  method: string,
  request: unknown,
): Promise<unknown> {
  const found: Payload[] = [];
  const pass = (each: (payload: Payload) => Payload): unknown => copied(request, each, null);
  pass((payload) => {
    found.push(payload);
    return payload;
  });
  const reason = REASONS.has(method) && isNode(request) && request.reason ? String(request.reason) : null;
  if (reason !== null) found.push(payloadOf(reason));
  if (found.length === 0) return request;
  const sealed = await sealAll(sealing, namespace, found);
  if (sealed.every((payload, i) => payload === found[i])) return request;
  let at = 0;
  const whole = pass(() => sealed[at++] as Payload) as Node;
  return reason === null ? whole : { ...whole, reason: textOf(sealed[at] as Payload) };
}

/** A copy with each payload as `each` makes it; the same where there is none. */
function copied(node: unknown, each: (payload: Payload) => Payload, under: string | null): unknown {
  if (!isNode(node)) return node;
  if (Array.isArray(node)) {
    const items = node.map((item) => copied(item, each, under));
    return items.some((item, i) => item !== node[i]) ? items : node;
  }
  if (isPayload(node)) return each(node as unknown as Payload);
  let copy: Node | null = null;
  for (const [name, value] of Object.entries(node)) {
    if (IN_CLEAR.has(name) || (under === 'memo' && CLEAR_MEMO.has(name))) continue;
    const inner = copied(value, each, name === 'fields' && under === 'memo' ? 'memo' : name);
    if (inner === value) continue;
    copy ??= { ...node };
    copy[name] = inner;
  }
  return copy ?? node;
}

interface Sealed {
  payloads: { node: Node }[];
  texts: { node: Node; name: string }[];
  failures: Node[];
}

/** An answer with its payloads opened, and the messages of failures where they belong. Changes it. */
export async function opened<T>(sealing: Sealing, namespace: string, answer: T): Promise<T> {
  const found: Sealed = { payloads: [], texts: [], failures: [] };
  find(answer, found);
  const { payloads, texts, failures } = found;
  if (payloads.length > 0) {
    const nodes = payloads.map(({ node }) => node as unknown as Payload);
    const all = await openAll(sealing, namespace, nodes);
    for (const [i, payload] of all.entries())
      if (payload !== nodes[i]) Object.assign(nodes[i] ?? {}, payload);
  }
  for (const { node, name } of texts) node[name] = await openedText(sealing, namespace, String(node[name]));
  for (const failure of failures) tellFailure(failure);
  return answer;
}

function find(node: unknown, found: Sealed): void {
  if (!isNode(node)) return;
  if (Array.isArray(node)) {
    for (const item of node) find(item, found);
    return;
  }
  if (isPayload(node)) {
    found.payloads.push({ node });
    return;
  }
  for (const [name, value] of Object.entries(node)) {
    if (typeof value === 'string') {
      if (value.startsWith(SEALED_TEXT)) found.texts.push({ node, name });
    } else if (isNode(value)) {
      if (name === 'encodedAttributes') found.failures.push(node);
      find(value, found);
    }
  }
}

/** As the SDK does when it makes an error of a failure. */
function tellFailure(failure: Node): void {
  const { data } = failure.encodedAttributes as Payload;
  try {
    const told = JSON.parse(new TextDecoder().decode(data ?? new Uint8Array())) as unknown;
    if (!isNode(told)) return;
    if (typeof told.message === 'string') failure.message = told.message;
    if (typeof told.stack_trace === 'string') failure.stackTrace = told.stack_trace;
  } catch {
    // Not ours: it stays as it is.
  }
}

const payloadOf = (text: string): Payload => ({
  metadata: { encoding: new TextEncoder().encode('json/plain') },
  data: new TextEncoder().encode(JSON.stringify(text)),
});

const textOf = (sealed: Payload): string =>
  SEALED_TEXT + Buffer.from(PayloadProto.encode(sealed).finish()).toString('base64');

async function openedText(sealing: Sealing, namespace: string, text: string): Promise<string> {
  try {
    const { metadata, data } = PayloadProto.decode(
      new Uint8Array(Buffer.from(text.slice(SEALED_TEXT.length), 'base64')),
    );
    const [payload] = await openAll(sealing, namespace, [{ metadata, data }]);
    const told = JSON.parse(new TextDecoder().decode(payload?.data ?? new Uint8Array())) as unknown;
    return typeof told === 'string' ? told : 'sealed';
  } catch {
    // Somebody else's text that begins so, or one that cannot be opened: not worth a whole history.
    return 'sealed';
  }
}
