// What the suite breaks: an installation whose parts it can kill and start again, and ways that it can cut.

import type { TcpProxy } from './tcp-proxy.ts';

export type PartKind = 'worker' | 'gateway' | 'temporal' | 'database';

/** A process of the installation. */
export interface Part {
  readonly name: string;
  readonly kind: PartKind;
  /** Null while it is down. */
  readonly pid: number | null;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** Starts it again, where it was; resolves when it works. */
  start(): Promise<void>;
}

/** A worker or a gateway, with its own way to Temporal. */
export interface Client extends Part {
  readonly way: TcpProxy;
}

export interface Gateway extends Client {
  readonly url: string;
}

export interface Topology {
  readonly name: string;
  /** Temporal itself, by no way of ours: for whoever checks. */
  readonly temporal: string;
  readonly workers: readonly Client[];
  readonly gateways: readonly Gateway[];
  /** Temporal, and its database where that is a process of its own. */
  readonly servers: readonly Part[];
  /** Ends everything. */
  stop(): Promise<void>;
}

export interface TopologyOptions {
  /** Where data and logs go. */
  folder: string;
  /** For workers and gateways, beside what the topology sets. */
  environment: NodeJS.ProcessEnv;
  /** The team that the workers serve. */
  team: string;
  onProgress(line: string): void;
}
