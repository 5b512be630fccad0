// Where a service of docker-compose.yml is on this machine. Each gets a loopback address of its own (Linux has 16
// million of them), so that every port is the one that compose says; and its mounts are folders under the cluster's home.

import { join, resolve } from 'node:path';
import type { Compose, Service } from './compose.ts';

export interface Place {
  readonly address: string;
  /** Paths in the container, and what stands for them here. */
  readonly paths: ReadonlyMap<string, string>;
}

/** A network of this cluster's own, such as `127.83.12`: two clusters do not meet. */
export const networkOf = (seed: number): string => `127.${1 + (Math.floor(seed / 256) % 254)}.${seed % 256}`;

export function placeOf(
  service: Service,
  address: string,
  { compose, repo, home }: { compose: Compose; repo: string; home: string },
): Place {
  const mounts = service.volumes.map((volume): [string, string] => {
    const [from, to] = volume.split(':') as [string, string];
    return [to, from.startsWith('.') ? resolve(repo, from) : join(home, 'volumes', from)];
  });
  const secrets = service.secrets.map((name): [string, string] => [
    `/run/secrets/${name}`,
    resolve(repo, compose.secrets[name]?.file ?? ''),
  ]);
  return { address, paths: new Map([...mounts, ...secrets]) };
}

const OWN = /\b(?:0\.0\.0\.0|127\.0\.0\.1|localhost)\b/g;

/** What compose says, for this machine: names of services become addresses, and paths of containers paths. */
export function located(text: string, place: Place, addresses: ReadonlyMap<string, string>): string {
  let here = text.replace(OWN, place.address);
  // A service's name, where it is a host: alone, before a port, or after a scheme.
  here = here.replace(/(^|\/\/|,)([a-z][a-z0-9-]*)(?=$|:\d|,)/g, (all, before: string, name: string) =>
    addresses.has(name) ? `${before}${addresses.get(name)}` : all,
  );
  for (const [from, to] of place.paths) here = here.replaceAll(from, to);
  return here;
}
