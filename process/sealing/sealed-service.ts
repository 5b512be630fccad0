// Temporal's service as a client has it, with everything that goes there sealed and everything that comes from there opened: the
// one place where a client's payloads pass, so that no reader and no writer can forget.
//
// sealed-service.1. A client's request leaves this process sealed, however the client makes its payloads.

import type { WorkflowService } from '@temporalio/client';
import { opened, sealedRequest } from './sealed-messages.ts';
import type { Sealing } from './sealing.ts';

type Call = (request: unknown, ...rest: unknown[]) => Promise<unknown>;

/** What of the service is no call. */
const OWN = new Set(['create', 'end', 'on', 'once', 'off', 'emit', 'rpcCall']);

export function sealedService(service: WorkflowService, sealing: Sealing): WorkflowService {
  const calls = new Map<string, Call>();
  return new Proxy(service, {
    get(target, name) {
      const method = Reflect.get(target, name) as unknown;
      if (typeof name !== 'string' || typeof method !== 'function' || OWN.has(name)) return method;
      let call = calls.get(name);
      if (call === undefined) {
        call = async (request, ...rest) => {
          const namespace = namespaceIn(request);
          if (namespace === null) return Reflect.apply(method, target, [request, ...rest]);
          // sealed-service.1
          const sent = await sealedRequest(sealing, namespace, name, request);
          return opened(sealing, namespace, await Reflect.apply(method, target, [sent, ...rest]));
        };
        calls.set(name, call);
      }
      return call;
    },
  });
}

/** What has no namespace has no payloads. */
const namespaceIn = (request: unknown): string | null => {
  const { namespace } = (request ?? {}) as { namespace?: unknown };
  return typeof namespace === 'string' && namespace !== '' ? namespace : null;
};
