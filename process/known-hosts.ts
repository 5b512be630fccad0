// By which names a port of ours may be asked for. A page whose name was made to point here (DNS rebinding) still sends its
// own name; what is an address and no name cannot be of that kind.

import { isIP } from 'node:net';

/** The names in GOALKEEPER_HOSTS, divided by commas. */
export const hostsFrom = ({ GOALKEEPER_HOSTS = '' }: NodeJS.ProcessEnv): string[] =>
  GOALKEEPER_HOSTS.split(',')
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');

/** Whether a Host header is an IP address, `localhost`, or one of the names; the port in it does not matter. */
export function isKnownHost(host: string | undefined, names: readonly string[]): boolean {
  const name = (host ?? '').replace(/:\d{1,5}$/, '').toLowerCase();
  return isIP(name.replace(/^\[(.*)\]$/, '$1')) !== 0 || name === 'localhost' || names.includes(name);
}
