// A payload sealed, and opened: AES-256-GCM over the whole payload as protobuf writes it.
//
// seal-payload.1. A sealed payload is bound to its namespace and to the ID of its key: elsewhere, or under another ID, it does not open.

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Payload } from '@temporalio/common';
// A CommonJS module, of which Node finds no names.
import proto from '@temporalio/proto';
import { INLINE_METADATA, MAY_BE_STORED_BYTES } from '../../goals/wire/stored.ts';
import { staysInHistory } from '../stays-in-history.ts';
import { KeyProblem } from './key-problem.ts';
import type { DataKey } from './sealing-keys.ts';

const { Payload: PayloadProto } = proto.temporal.api.common.v1;

const CIPHER = 'aes-256-gcm';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Names in histories: never to be changed. */
const ENCODING = 'binary/encrypted';
const KEY_ID = 'gk-key';
const WRAPPED = 'gk-data-key';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const ENCODING_BYTES = bytesOf(ENCODING);

/** What a payload is sealed with: the ID of a key, and the data key that it has wrapped, if so. Null for one that is not sealed. */
export function sealOf({ metadata }: Payload): { id: string; wrapped: Uint8Array | null } | null {
  const encoding = metadata?.encoding;
  const id = metadata?.[KEY_ID];
  if (!encoding || !id || encoding.length !== ENCODING_BYTES.length || textOf(encoding) !== ENCODING)
    return null;
  return { id: textOf(id), wrapped: metadata[WRAPPED] ?? null };
}

export function sealPayload(payload: Payload, { id, key, wrapped }: DataKey, namespace: string): Payload {
  const plain = PayloadProto.encode(payload).finish();
  const nonce = nonceFor(plain, key);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  // seal-payload.1
  cipher.setAAD(boundTo(namespace, id));
  const data = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return {
    metadata: {
      encoding: ENCODING_BYTES,
      [KEY_ID]: bytesOf(id),
      ...(wrapped === null ? {} : { [WRAPPED]: wrapped }),
      // Which no longer shows by the payload itself.
      ...(staysInHistory(payload) ? { [INLINE_METADATA]: new Uint8Array([1]) } : {}),
    },
    data: new Uint8Array(data.buffer, data.byteOffset, data.length),
  };
}

/** Throws a `KeyProblem` where it was sealed with another key, for another namespace, or changed since. */
export function openPayload({ data }: Payload, id: string, key: Uint8Array, namespace: string): Payload {
  try {
    const sealed = data ?? new Uint8Array();
    const tagAt = sealed.length - TAG_BYTES;
    const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    // seal-payload.1
    decipher.setAAD(boundTo(namespace, id));
    decipher.setAuthTag(sealed.subarray(tagAt));
    const plain = Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, tagAt)), decipher.final()]);
    // Of a `Buffer` its parts would be `Buffer`s, which the SDK's payloads are not.
    const bytes = new Uint8Array(plain.buffer, plain.byteOffset, plain.length);
    const { metadata, data: inner } = PayloadProto.decode(bytes);
    return { metadata, data: inner };
  } catch (error) {
    throw new KeyProblem(
      'key_wrong',
      `it is sealed with a key ${id}, which is not the key ${id} of this process (GOALKEEPER_KEYS), or was sealed for another namespace, or changed since`,
      { cause: error },
    );
  }
}

const boundTo = (namespace: string, id: string): Uint8Array => bytesOf(`goalkeeper\n${namespace}\n${id}`);

/**
 * A random one; of what may lie in storage one that follows from the key and the content, so that the same payload is stored once,
 * however often it is sealed. It does not repeat for another content.
 */
function nonceFor(plain: Uint8Array, key: Uint8Array): Uint8Array {
  if (plain.length < MAY_BE_STORED_BYTES) return randomBytes(NONCE_BYTES);
  const own = createHmac('sha256', key).update('goalkeeper nonce').digest();
  return createHmac('sha256', own).update(plain).digest().subarray(0, NONCE_BYTES);
}
