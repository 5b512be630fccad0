// Where a request comes from. Headers in which a proxy says so are believed only of proxies that the access file lists, by the
// address of the connection: anybody can send such a header.

import { BlockList, isIP } from 'node:net';
import type { Context } from 'hono';

/** Whether an address is one of the ranges such as `10.0.20.0/24`, or of the addresses. */
export function isAmong(address: string, ranges: readonly string[]): boolean {
  const plain = plainAddress(address);
  if (isIP(plain) === 0) return false;
  const list = new BlockList();
  for (const range of ranges) {
    const [net = '', bits] = range.split('/');
    const family = isIP(net) === 6 ? 'ipv6' : 'ipv4';
    list.addSubnet(net, Number(bits ?? (family === 'ipv6' ? 128 : 32)), family);
  }
  return list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}

/** Whether a text is such a range. */
export function isRange(text: string): boolean {
  const [net = '', bits, ...rest] = text.split('/');
  const most = isIP(net) === 6 ? 128 : 32;
  return (
    isIP(net) !== 0 &&
    rest.length === 0 &&
    (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most))
  );
}

/** The address of the connection; empty where there is none, as in a test without a socket. */
export const peerOf = (c: Context): string =>
  plainAddress(
    (c.env as { incoming?: { socket: { remoteAddress?: string } } } | undefined)?.incoming?.socket
      .remoteAddress ?? '',
  );

/** The client's address: that of the connection, or what the listed proxies before it say. */
export function clientOf(c: Context, proxies: readonly string[]): string {
  const peer = peerOf(c);
  if (proxies.length === 0 || !isAmong(peer, proxies)) return peer;
  const said = (c.req.header('x-forwarded-for') ?? '').split(',').map((part) => plainAddress(part.trim()));
  // From the right: what stands further left was said by somebody who is not listed.
  return said.findLast((address) => isIP(address) !== 0 && !isAmong(address, proxies)) ?? peer;
}

/** Without the prefix that an IPv4 address has on an IPv6 socket. */
const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '');
