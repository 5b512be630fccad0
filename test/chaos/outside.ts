// What an installation has around it: the service upstream that a job asks, and the receiver of alerts. Both can be taken
// down, and come back at the same port.

import type { IncomingMessage } from 'node:http';
import { MendableServer } from './mendable-server.ts';

type Answer = (request: IncomingMessage, body: string) => [status: number, body: unknown];

/** A server that answers in JSON. */
const answering = (answer: Answer): MendableServer =>
  new MendableServer((request, response) => {
    const take = async (): Promise<void> => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const [status, body] = answer(request, text);
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    take().catch(() => response.destroy());
  });

/** What a message tells: of which alert, and how many failures of a goal. */
export interface AlertMessage {
  type: string;
  alert: string;
  failures: ReadonlyMap<string, number>;
}

export interface Outside {
  upstream: MendableServer;
  receiver: MendableServer;
  /** How often the service was asked to do the same, by idempotency key. */
  asked: ReadonlyMap<string, number>;
  /** The messages that came, by ID, and how often each did. */
  alerts: ReadonlyMap<string, AlertMessage & { times: number }>;
  stop(): Promise<void>;
}

/** `forgetful`: the receiver takes messages and drops them, which the suite must find out. */
export async function openOutside(forgetful: boolean): Promise<Outside> {
  const asked = new Map<string, number>();
  const alerts = new Map<string, AlertMessage & { times: number }>();
  const upstream = answering(({ headers }, body) => {
    const key = String(headers['idempotency-key']);
    asked.set(key, (asked.get(key) ?? 0) + 1);
    return [200, { value: (JSON.parse(body) as { value: number }).value }];
  });
  const receiver = answering(({ headers }, body) => {
    if (forgetful) return [200, {}];
    const id = String(headers['webhook-id']);
    const { type, data } = JSON.parse(body) as {
      type: string;
      data: { alert: string; goals: { goal: string; failures: number }[] };
    };
    const failures = new Map(data.goals.map(({ goal, failures }) => [goal, failures]));
    alerts.set(id, { times: (alerts.get(id)?.times ?? 0) + 1, type, alert: data.alert, failures });
    return [200, {}];
  });
  await upstream.up();
  await receiver.up();
  return {
    ...{ upstream, receiver, asked, alerts },
    async stop() {
      await upstream.down();
      await receiver.down();
    },
  };
}
