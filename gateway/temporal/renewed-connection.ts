// A connection to Temporal that is given up, and made anew, when nothing answers on it any more. gRPC notices a dead
// connection by its pings, but not one that was accepted and then heard nothing, or that never came about: those it would
// wait for, for minutes or for ever.

import { AsyncLocalStorage } from 'node:async_hooks';
import type { Connection, ConnectionLike, WorkflowService } from '@temporalio/client';
import { grpcCodes } from '../../process/grpc-codes.ts';
import { grpcCodeOf } from './grpc-code.ts';

/** A call that had less time than this tells nothing of its connection. */
const LEAST_MS = 1_000;

interface Held {
  readonly connection: Connection;
  readonly service: WorkflowService;
  /** Calls under way on it. */
  users: number;
  /** When it answered last, by `performance.now()`. */
  answeredAt: number;
  isGivenUp: boolean;
}

export class RenewedConnection implements ConnectionLike {
  readonly plugins = [];
  readonly #make: () => Connection;
  readonly #through: (service: WorkflowService) => WorkflowService;
  /** A call stays with the connection that it began on, with its retries. */
  readonly #began = new AsyncLocalStorage<Held>();
  #held: Held;

  /**
   * `make` gives a connection that connects when it is first used, and shares nothing with one before it; calls are made `through` what
   * stands before its service.
   */
  constructor(through: (service: WorkflowService) => WorkflowService, make: () => Connection) {
    this.#through = through;
    this.#make = make;
    this.#held = this.#next();
  }

  get workflowService() {
    return this.#current.service;
  }

  get operatorService() {
    return this.#current.connection.operatorService;
  }

  ensureConnected(): Promise<void> {
    return this.#on(({ connection }) => connection.ensureConnected());
  }

  withMetadata: ConnectionLike['withMetadata'] = (metadata, fn) =>
    this.#on(({ connection }) => connection.withMetadata(metadata, fn));

  withAbortSignal: ConnectionLike['withAbortSignal'] = (signal, fn) =>
    this.#on(({ connection }) => connection.withAbortSignal(signal, fn));

  /** What is not answered by then gives the connection up, unless it has answered another call meanwhile. */
  withDeadline: ConnectionLike['withDeadline'] = (deadline, fn) => {
    const begun = performance.now();
    const ms = Number(deadline) - Date.now();
    return this.#on(async (held) => {
      try {
        const result = await held.connection.withDeadline(deadline, fn);
        held.answeredAt = performance.now();
        return result;
      } catch (error) {
        const code = grpcCodeOf(error);
        if (code === grpcCodes.DEADLINE_EXCEEDED && ms >= LEAST_MS && held.answeredAt < begun)
          this.#giveUp(held);
        else if (
          code !== null &&
          ![grpcCodes.CANCELLED, grpcCodes.DEADLINE_EXCEEDED, grpcCodes.UNAVAILABLE].includes(code)
        )
          held.answeredAt = performance.now();
        throw error;
      }
    });
  };

  async close(): Promise<void> {
    await this.#held.connection.close();
  }

  get #current(): Held {
    return this.#began.getStore() ?? this.#held;
  }

  #next(): Held {
    const connection = this.#make();
    return {
      connection,
      service: this.#through(connection.workflowService),
      users: 0,
      answeredAt: Number.NEGATIVE_INFINITY,
      isGivenUp: false,
    };
  }

  async #on<R>(use: (held: Held) => Promise<R>): Promise<R> {
    const held = this.#current;
    held.users++;
    try {
      return await this.#began.run(held, () => use(held));
    } finally {
      held.users--;
      closeUnused(held);
    }
  }

  #giveUp(held: Held): void {
    if (held !== this.#held) return;
    held.isGivenUp = true;
    this.#held = this.#next();
  }
}

/** A retry on a connection that was closed would throw where nobody can catch it. */
function closeUnused({ isGivenUp, users, connection }: Held): void {
  if (isGivenUp && users === 0) connection.close().catch(() => undefined);
}
