import { randomBytes } from 'node:crypto';
import type { WorkflowService } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import { describe, expect, test } from 'vitest';
import { memoNames } from '../../../goals/wire/names.ts';
import { INLINE_METADATA, MAY_BE_STORED_BYTES, READABLE_METADATA } from '../../../goals/wire/stored.ts';
import { openPayload, sealOf, sealPayload } from '../../../process/sealing/seal-payload.ts';
import { opened, sealedRequest } from '../../../process/sealing/sealed-messages.ts';
import { sealedService } from '../../../process/sealing/sealed-service.ts';
import { openAll, sealAll, sealingWith, unsealed } from '../../../process/sealing/sealing.ts';
import { SealingKeys } from '../../../process/sealing/sealing-keys.ts';

const NAMESPACE = 'shop';
const CANARY = 'canary-7f3a';
const payloadOf = (value: unknown): Payload => defaultPayloadConverter.toPayload(value) as Payload;
const readIn = (payload: unknown): unknown => defaultPayloadConverter.fromPayload(payload as Payload);
const keyOf = (id: string, from = 0) => ({ id, from, key: new Uint8Array(randomBytes(32)) });
const sealingBy = (...keys: ReturnType<typeof keyOf>[]) => {
  const ring = new SealingKeys(keys);
  return sealingWith(() => ring);
};
/** All bytes of a message as text. */
const textIn = (node: unknown): string => {
  if (node instanceof Uint8Array) return Buffer.from(node).toString('latin1');
  if (typeof node === 'object' && node !== null) return Object.values(node).map(textIn).join('\n');
  return String(node);
};

describe('a sealed payload', () => {
  const key = { ...keyOf('k1'), wrapped: null };

  test('holds nothing of its value, and opens to the same payload', () => {
    const sealed = sealPayload(payloadOf({ name: CANARY }), key, NAMESPACE);
    expect(textIn(sealed)).not.toContain(CANARY);
    expect(sealOf(sealed)).toEqual({ id: 'k1', wrapped: null });
    expect(readIn(openPayload(sealed, 'k1', key.key, NAMESPACE))).toEqual({ name: CANARY });
  });

  // seal-payload.1
  test('does not open elsewhere, under another ID, by another key, or changed', () => {
    const sealed = sealPayload(payloadOf(CANARY), key, NAMESPACE);
    const data = Buffer.from(sealed.data ?? []);
    data[data.length - 20] = (data[data.length - 20] ?? 0) ^ 1;
    const wrong = expect.objectContaining({ code: 'key_wrong' });
    expect(() => openPayload(sealed, 'k1', key.key, 'other')).toThrow(wrong);
    expect(() => openPayload(sealed, 'k2', key.key, NAMESPACE)).toThrow(wrong);
    expect(() => openPayload(sealed, 'k1', keyOf('k1').key, NAMESPACE)).toThrow(wrong);
    expect(() => openPayload({ ...sealed, data }, 'k1', key.key, NAMESPACE)).toThrow(wrong);
    expect(() => openPayload({ data: new Uint8Array(5) }, 'k1', key.key, NAMESPACE)).toThrow(wrong);
  });

  test('differs each time it is sealed, unless it may lie in storage, which has it once', () => {
    const twice = (value: unknown): boolean => {
      const [one, other] = [0, 1].map(() => textIn(sealPayload(payloadOf(value), key, NAMESPACE)));
      return one === other;
    };
    expect(twice('small')).toBe(false);
    expect(twice('x'.repeat(MAY_BE_STORED_BYTES))).toBe(true);
    const [one, other] = ['x', 'y'].map((text) =>
      sealPayload(payloadOf(text.repeat(MAY_BE_STORED_BYTES)), key, NAMESPACE).data?.subarray(0, 12),
    );
    expect(one).not.toEqual(other);
  });

  test('says that it stays in the history, where its value said so', () => {
    const inline = {
      ...payloadOf(1),
      metadata: { ...payloadOf(1).metadata, [INLINE_METADATA]: new Uint8Array([1]) },
    };
    expect(sealPayload(inline, key, NAMESPACE).metadata).toHaveProperty(INLINE_METADATA);
    expect(sealPayload(payloadOf({ gk: 1, answers: {} }), key, NAMESPACE).metadata).toHaveProperty(
      INLINE_METADATA,
    );
    expect(sealPayload(payloadOf(1), key, NAMESPACE).metadata).not.toHaveProperty(INLINE_METADATA);
  });
});

describe('a process', () => {
  test('seals by the newest key whose time has come, and opens by all', async () => {
    const [old, next, later] = [keyOf('k1'), keyOf('k2', 1_000), keyOf('k3', Date.now() + 60_000)];
    const [before] = await sealAll(sealingBy(old), NAMESPACE, [payloadOf(CANARY)]);
    const sealing = sealingBy(next, old, later);
    const [after] = await sealAll(sealing, NAMESPACE, [payloadOf(CANARY)]);
    expect([before, after].map((payload) => payload && sealOf(payload)?.id)).toEqual(['k1', 'k2']);
    const both = await openAll(sealing, NAMESPACE, [before as Payload, after as Payload]);
    expect(both.map(readIn)).toEqual([CANARY, CANARY]);
  });

  test('that works says which key it lacks; one that shows says so in place of the value, and then writes nothing', async () => {
    const [sealed] = await sealAll(sealingBy(keyOf('k9')), NAMESPACE, [payloadOf(CANARY)]);
    await expect(openAll(unsealed(), NAMESPACE, [sealed as Payload])).rejects.toMatchObject({
      code: 'key_missing',
      message: expect.stringContaining('k9'),
    });
    const heard: string[] = [];
    const showing = unsealed(({ code }) => heard.push(code));
    expect(await sealAll(showing, NAMESPACE, [payloadOf(1)])).toHaveLength(1);
    const [shown] = await openAll(showing, NAMESPACE, [sealed as Payload]);
    expect(readIn(shown)).toEqual({ $encrypted: 'k9' });
    expect(heard).toEqual(['key_missing']);
    await expect(sealAll(showing, NAMESPACE, [payloadOf(1)])).rejects.toMatchObject({ code: 'key_missing' });
  });
});

describe('a request', () => {
  const sealing = sealingBy(keyOf('k1'));
  const request = {
    namespace: NAMESPACE,
    input: { payloads: [payloadOf({ name: CANARY })] },
    memo: {
      fields: {
        [memoNames.key]: payloadOf(CANARY),
        [memoNames.publication]: payloadOf({ goal: 'load-day' }),
        marked: {
          ...payloadOf(1),
          metadata: { ...payloadOf(1).metadata, [READABLE_METADATA]: new Uint8Array([1]) },
        },
      },
    },
    searchAttributes: { indexedFields: { GkTeam: payloadOf('shop') } },
    userMetadata: { summary: payloadOf('a summary') },
    reason: CANARY,
  };

  test('has its payloads and its reason sealed, but for what must be read without keys; what was given stays', async () => {
    const copy = structuredClone(request);
    const sealed = (await sealedRequest(
      sealing,
      NAMESPACE,
      'terminateWorkflowExecution',
      request,
    )) as typeof request;
    expect(request).toEqual(copy);
    expect(textIn(sealed)).not.toContain(CANARY);
    expect(readIn(sealed.memo.fields[memoNames.publication])).toEqual({ goal: 'load-day' });
    expect(readIn(sealed.memo.fields.marked)).toBe(1);
    expect(readIn(sealed.searchAttributes.indexedFields.GkTeam)).toBe('shop');
    expect(readIn(sealed.userMetadata.summary)).toBe('a summary');
    expect(await opened(sealing, NAMESPACE, structuredClone(sealed))).toEqual(copy);
  });

  test('is the same where there is no key, and sealed once where it passes twice', async () => {
    expect(await sealedRequest(unsealed(), NAMESPACE, 'terminateWorkflowExecution', request)).toBe(request);
    const once = await sealedRequest(sealing, NAMESPACE, 'signalWorkflowExecution', request);
    expect(await sealedRequest(sealing, NAMESPACE, 'signalWorkflowExecution', once)).toBe(once);
  });

  // sealed-service.1
  test('leaves a client sealed, whatever calls it, and its answer comes opened', async () => {
    const sent: unknown[] = [];
    const echo = async (asked: unknown): Promise<unknown> => {
      sent.push(asked);
      return structuredClone(asked);
    };
    const service = sealedService({ startWorkflowExecution: echo } as unknown as WorkflowService, sealing);
    expect(await service.startWorkflowExecution(request)).toEqual(request);
    const [{ reason: _, ...rest }] = sent as [typeof request];
    expect(textIn(rest)).not.toContain(CANARY);
  });
});

test('a failure has its message and stack again', async () => {
  const sealing = sealingBy(keyOf('k1'));
  const told = payloadOf({ message: CANARY, stack_trace: 'at pay' });
  const [encodedAttributes] = await sealAll(sealing, NAMESPACE, [told]);
  const failure = { message: 'Encoded failure', stackTrace: '', encodedAttributes };
  const answer = { history: { events: [{ failure }] } };
  await opened(sealing, NAMESPACE, answer);
  expect(answer.history.events[0]?.failure).toMatchObject({ message: CANARY, stackTrace: 'at pay' });
});
