import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { MendableServer } from '../../chaos/mendable-server.ts';

export interface Received {
  /** The `webhook-id`; of Slack, which gets none, empty. */
  id: string;
  headers: IncomingMessage['headers'];
  at: number;
  raw: string;
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent is looked at by the tests
  body: any;
}

/** A status, with headers if it needs any; or null for no answer at all. */
type Answer = (received: Received, nth: number) => number | [number, Record<string, string>] | null;

export const SECRET = `whsec_${Buffer.from('a secret of twenty-four bytes and more').toString('base64')}`;

/** A real receiver of alerts, which a test can take down and put up again at the same port. */
export class Receiver {
  readonly received: Received[] = [];
  answer: Answer = () => 200;
  readonly #server = new MendableServer((request, response) => void this.#take(request, response));

  static async open(answer?: Answer): Promise<Receiver> {
    const receiver = new Receiver();
    if (answer) receiver.answer = answer;
    await receiver.up();
    onTestFinished(() => receiver.down());
    return receiver;
  }

  get url(): string {
    return `${this.#server.url}/hook`;
  }

  up(): Promise<void> {
    return this.#server.up();
  }

  down(): Promise<void> {
    return this.#server.down();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let raw = '';
    for await (const chunk of request) raw += chunk;
    const { headers } = request;
    const id = String(headers['webhook-id'] ?? '');
    const received = { id, headers, at: Date.now(), raw, body: JSON.parse(raw) };
    this.received.push(received);
    const answer = this.answer(received, this.received.length);
    if (answer === null) return;
    const [status, given = {}] = Array.isArray(answer) ? answer : [answer];
    response.writeHead(status, given).end();
  }
}

/** As the specification of Standard Webhooks says it, apart from how it is signed. */
export function isSignatureRight({ headers, raw }: Received, secret: string): boolean {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const content = [headers['webhook-id'], headers['webhook-timestamp'], raw].join('.');
  const expected = createHmac('sha256', key).update(content).digest('base64');
  const isFresh = Math.abs(Date.now() / 1000 - Number(headers['webhook-timestamp'])) < 300;
  return isFresh && String(headers['webhook-signature']).split(' ').includes(`v1,${expected}`);
}
