// Where a request may go. What counts is the address that is connected to: a name may lead anywhere, and elsewhere a
// moment later, so it is looked up once, judged, and connected to as judged.

import { type LookupAddress, lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { AttemptFault } from '../../attempts/classify.ts';

/** Hosts that may be private, and may be redirected to: `erp.internal`, `127.0.0.1:8080`, `[::1]:8080`. */
export interface Destinations {
  /** Whether the list names it, with its port or with any. */
  isAllowed(url: URL): boolean;
  /** Throws unless the URL's host is listed, a name, or a public address. Names are judged by `lookup`. */
  requireReachable(url: URL): void;
  /** How the name of a URL's host becomes addresses; fails when one of them is private and the host is not listed. */
  lookup(url: URL): LookupFunction;
}

const PRIVATE_4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  // Azure's own service for its machines.
  ['168.63.129.16', 32],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];

// Of version 6 only what is public is named, less what carries other addresses within it.
const PUBLIC_6: readonly [string, number][] = [['2000::', 3]];
const PRIVATE_6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const listOf = (ranges: readonly [string, number][], type: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const [net, prefix] of ranges) list.addSubnet(net, prefix, type);
  return list;
};
const private4 = listOf(PRIVATE_4, 'ipv4');
const public6 = listOf(PUBLIC_6, 'ipv6');
const private6 = listOf(PRIVATE_6, 'ipv6');

/** Whether an address can be reached from anywhere, and so is nobody's own. */
export function isPublic(address: string): boolean {
  if (isIP(address) === 4) return !private4.check(address, 'ipv4');
  return isIP(address) === 6 && public6.check(address, 'ipv6') && !private6.check(address, 'ipv6');
}

/** Throws a TypeError for an entry that is no host. */
export function destinationsOf(allow: readonly string[]): Destinations {
  const listed = new Set(allow.map(entryOf));
  const isAllowed = (url: URL): boolean => {
    const host = hostOf(url);
    return listed.has(host) || listed.has(`${host}:${portOf(url)}`);
  };
  return {
    isAllowed,
    requireReachable(url) {
      const literal = hostOf(url).replace(/^\[|\]$/g, '');
      if (isIP(literal) !== 0 && !isPublic(literal) && !isAllowed(url)) throw refused(url, literal);
    },
    lookup(url) {
      const anywhere = isAllowed(url);
      return (name, options, done) =>
        lookup(name, { ...options, all: true }, (error, addresses: LookupAddress[] = []) => {
          const stray = anywhere ? undefined : addresses.find(({ address }) => !isPublic(address));
          const problem = error ?? (stray === undefined ? null : refused(url, stray.address));
          if (problem !== null) return done(problem as NodeJS.ErrnoException, []);
          if (options.all) return done(null, addresses);
          const [first] = addresses as [LookupAddress];
          return done(null, first.address, first.family);
        });
    },
  };
}

function entryOf(entry: string): string {
  const url = URL.canParse(`http://${entry}`) ? new URL(`http://${entry}`) : null;
  const isHost = url !== null && url.href === `http://${url.host}/` && /^[^/?#@\\]+$/.test(entry);
  if (!isHost)
    throw new TypeError(
      `'${entry}' in \`allow\` is not a host; write such as 'erp.internal' or '127.0.0.1:8080'`,
    );
  const port = /:(\d+)$/.exec(entry)?.[1];
  return port === undefined ? hostOf(url) : `${hostOf(url)}:${Number(port)}`;
}

const hostOf = (url: URL): string => url.hostname.toLowerCase().replace(/\.$/, '');
const portOf = ({ port, protocol }: URL): string => port || (protocol === 'https:' ? '443' : '80');

const refused = (url: URL, address: string): AttemptFault =>
  new AttemptFault(
    'AddressRefused',
    `${url.host} is at ${address}, a private address; if it shall be reached, name '${url.host}' in \`allow\``,
    { code: 'http_address_refused', class: 'permanent', permanent: true },
  );
