// The launcher's choice of ports for what it starts.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';

/** Whether a server could listen on this port of 127.0.0.1 now. */
export const isPortFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port }, () => server.close(() => resolve(true)));
  });

/** A port of 127.0.0.1 that nobody listens on and that no one else is given for about a minute. */
export async function freePort(): Promise<number> {
  // A connection ended by its server leaves the port in TIME_WAIT: the system offers such a port to nobody who asks
  // for any, while binding it by its number works. So two servers started at once do not get the same one.
  const server = createServer((socket) => socket.end());
  server.listen({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  await once(socket, 'close');
  server.close();
  await once(server, 'close');
  return port;
}
