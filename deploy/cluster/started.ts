// A service of the cluster, with what is running of it.

import type { Child, Exit } from '../local/child-process.ts';
import type { Service } from './compose.ts';
import type { Place } from './place.ts';

export interface ClusterService {
  readonly name: string;
  /** Loopback address of its own; it has the ports that docker-compose.yml says. */
  readonly host: string;
  readonly log: string;
  /** Its process, as long as it has one. */
  readonly process: Child | null;
}

/** A service with what is running of it. */
export interface Started extends ClusterService {
  readonly service: Service;
  readonly place: Place;
  readonly addresses: ReadonlyMap<string, string>;
  process: Child | null;
  completed?: Promise<Exit>;
  ready?: Promise<void> | null;
}

/** One that is done once it has ended well. */
export const isOneShot = ({ service: { restart } }: Started): boolean =>
  restart === 'no' || restart?.startsWith('on-failure') === true;
