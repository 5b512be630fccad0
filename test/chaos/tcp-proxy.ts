// A way to a server that can be cut, slowed, and that can swallow everything: a TCP proxy.

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export class TcpProxy {
  readonly #host: string;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((near) => this.#join(near));
  #own = 0;
  #swallows = false;
  #delayMs = 0;

  private constructor(target: string) {
    const [host, port] = target.split(':') as [string, string];
    this.#host = host;
    this.#port = Number(port);
  }

  /** A way to `host:port`. */
  static async to(target: string): Promise<TcpProxy> {
    const way = new TcpProxy(target);
    await way.mend();
    return way;
  }

  get address(): string {
    return `127.0.0.1:${this.#own}`;
  }

  /** Connections are refused, and those that there are end. */
  async cut(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#sockets.clear();
    if (!this.#server.listening) return;
    this.#server.close();
    await once(this.#server, 'close');
  }

  /** Connections are taken again, at the same address. */
  async mend(): Promise<void> {
    if (this.#server.listening) return;
    this.#server.listen(this.#own, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#own = (this.#server.address() as AddressInfo).port;
  }

  /**
   * From now on everything is taken, and nothing handed on: a black hole. When it ends, connections that lost bytes stay
   * dead and silent, as after a partition: whoever has one must find out.
   */
  swallow(swallows: boolean): void {
    this.#swallows = swallows;
  }

  /** Everything takes so much longer, in either direction. */
  slow(ms: number): void {
    this.#delayMs = ms;
  }

  #join(near: Socket): void {
    this.#sockets.add(near);
    near.on('close', () => this.#sockets.delete(near));
    near.on('error', () => undefined);
    // Whoever connects to a black hole is never let out of it.
    if (this.#swallows) return void near.resume();
    const far = connect(this.#port, this.#host);
    this.#sockets.add(far);
    far.on('close', () => this.#sockets.delete(far));
    far.on('error', () => undefined);
    let isDead = false;
    const hand = (from: Socket, to: Socket): void => {
      const waiting: { due: number; bytes: Buffer }[] = [];
      const handOn = (): void => {
        const next = waiting.shift();
        if (next === undefined || isDead) return;
        to.write(next.bytes);
        if (waiting[0] !== undefined) setTimeout(handOn, waiting[0].due - performance.now());
      };
      from.on('data', (bytes) => {
        isDead ||= this.#swallows;
        if (isDead) return;
        if (this.#delayMs === 0 && waiting.length === 0) return void to.write(bytes);
        waiting.push({ due: performance.now() + this.#delayMs, bytes });
        // One timer at a time, so that nothing overtakes.
        if (waiting.length === 1) setTimeout(handOn, this.#delayMs);
      });
      from.on('close', () => isDead || to.destroy());
    };
    hand(near, far);
    hand(far, near);
  }
}
