// The clocks, timers and the chance of this process, as code inside of a simulation has them. Outside of one nothing differs:
// which code is inside, its asynchronous context tells.

import { AsyncLocalStorage } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';
import timers from 'node:timers';
import promises from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Due, VirtualTime } from './virtual-time.ts';

/** What is inside of a simulation: its clock, and whose code it is. */
export interface Inside {
  time: VirtualTime;
  /** What a second walk's clock shows more than the first one's. */
  skewMs: number;
  random(): number;
  isFake: boolean;
}

const inside = new AsyncLocalStorage<Inside>();

/** The platform's own, whatever stands in their place later. */
const RealDate = Date;
const realImmediate = setImmediate;

/** Runs code inside of a simulation. */
export const runInside = <T>(at: Inside, work: () => T): T => inside.run(at, work);

/** Runs code outside of any simulation. */
export const runOutside = <T>(work: () => T): T => inside.exit(work);

/** Resolves when all promises of this process that can go on have gone on. */
export const settledPromises = (): Promise<void> => new Promise((resolve) => realImmediate(resolve));

/** What `Date.now()` says in there. */
const nowOf = ({ time, skewMs }: Inside): number => Math.floor(time.now + skewMs);

/** What a timer of the platform is to whoever holds it. */
class VirtualTimer {
  readonly #at: Inside;
  readonly #ms: number;
  readonly #isRepeated: boolean;
  readonly #call: () => void;
  #due: Due;

  constructor(at: Inside, ms: unknown, isRepeated: boolean, call: () => void) {
    const given = Number(ms);
    this.#at = at;
    this.#ms = given >= 1 && given <= 2 ** 31 - 1 ? given : 1;
    this.#isRepeated = isRepeated;
    // In the context that asked for it, as the platform would call it.
    this.#call = AsyncLocalStorage.bind(call);
    this.#due = this.#begin();
  }

  #begin(): Due {
    const fire = (): void => {
      if (this.#isRepeated) this.#due = this.#begin();
      this.#call();
    };
    return this.#at.time.in(this.#ms, fire, this.#at.isFake ? 'fake' : 'engine');
  }

  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
  hasRef(): boolean {
    return true;
  }
  refresh(): this {
    this.close();
    this.#due = this.#begin();
    return this;
  }
  close(): this {
    this.#due.cancel();
    return this;
  }
  [Symbol.dispose](): void {
    this.close();
  }
}

type AnyFunction = (...args: never[]) => unknown;

/** A function that is another one inside of a simulation. */
function either<F extends AnyFunction>(real: F, virtual: (at: Inside, ...args: Parameters<F>) => unknown): F {
  const both = function (this: unknown, ...args: Parameters<F>): unknown {
    const at = inside.getStore();
    return at === undefined ? real.apply(this, args) : virtual(at, ...args);
  };
  return Object.defineProperty(both, 'name', { value: real.name }) as unknown as F;
}

const clearer = <F extends (timer: never) => void>(real: F): F =>
  ((timer: unknown): void => {
    if (timer instanceof VirtualTimer) timer.close();
    else real(timer as never);
  }) as unknown as F;

/** Resolves in virtual time; rejects when the signal is aborted, as the platform's does. */
function pause<T>(at: Inside, ms: unknown, value: T, { signal }: { signal?: AbortSignal } = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      timer.close();
      reject(
        Object.assign(new Error('The operation was aborted'), {
          name: 'AbortError',
          code: 'ABORT_ERR',
          cause: signal?.reason,
        }),
      );
    };
    const timer = new VirtualTimer(at, ms, false, () => {
      signal?.removeEventListener('abort', aborted);
      resolve(value);
    });
    if (signal?.aborted) aborted();
    else signal?.addEventListener('abort', aborted, { once: true });
  });
}

const timer =
  (isRepeated: boolean) =>
  (at: Inside, call: unknown, ms: unknown, ...args: unknown[]): VirtualTimer => {
    if (typeof call !== 'function') throw new TypeError('the callback of a timer is not a function');
    return new VirtualTimer(at, ms, isRepeated, () => call(...args));
  };

const ours = new WeakSet<object>();

/** Puts ours in the place of whatever is there, once for each that is. */
function replace<O extends object, K extends keyof O>(owner: O, name: K, made: (real: O[K]) => O[K]): void {
  const real = owner[name];
  if (real === undefined || ours.has(real as object)) return;
  const replaced = made(real);
  // By what fake timers keep there they know how to put back the real ones.
  for (const [of, kept] of Object.entries(Object.getOwnPropertyDescriptors(real)))
    if (!Object.hasOwn(replaced as object, of)) Object.defineProperty(replaced, of, kept);
  ours.add(replaced as object);
  Object.defineProperty(owner, name, {
    ...(Object.getOwnPropertyDescriptor(owner, name) ?? { configurable: true, enumerable: false }),
    ...{ writable: true, value: replaced },
  });
}

/** Puts ours in place, anew with each simulation: a test runner's own fake timers may have come or gone since. */
export function install(): void {
  replace(globalThis, 'Date', (real) => {
    const now = (): number => {
      const at = inside.getStore();
      return at === undefined ? real.now() : nowOf(at);
    };
    return new Proxy(real, {
      apply: (target, self, args) => {
        const at = inside.getStore();
        return at === undefined ? Reflect.apply(target, self, args) : new RealDate(nowOf(at)).toString();
      },
      construct: (target, args, made) => {
        const at = inside.getStore();
        if (at === undefined) return Reflect.construct(target, args, made);
        return Reflect.construct(RealDate, args.length === 0 ? [nowOf(at)] : args, made);
      },
      get: (target, name, self) => (name === 'now' ? now : Reflect.get(target, name, self)),
    });
  });
  replace(Math, 'random', (real) => either(real, (at) => at.random()));
  replace(performance, 'now', (real) =>
    either(real.bind(performance), (at) => at.time.now - at.time.startedAt),
  );
  for (const owner of [globalThis, timers] as const) {
    replace(owner, 'setTimeout', (real) => {
      const both = either(real as AnyFunction, timer(false)) as unknown as typeof setTimeout;
      Object.defineProperty(both, promisify.custom, { value: promises.setTimeout });
      return both;
    });
    replace(owner, 'setInterval', (real) => either(real as AnyFunction, timer(true)) as never);
    replace(
      owner,
      'setImmediate',
      (real) =>
        either(real as AnyFunction, (at, call: never, ...args: unknown[]) =>
          timer(false)(at, call, 0, ...args),
        ) as never,
    );
    replace(owner, 'clearTimeout', (real) => clearer(real as never) as never);
    replace(owner, 'clearInterval', (real) => clearer(real as never) as never);
    replace(owner, 'clearImmediate', (real) => clearer(real as never) as never);
  }
}

replace(
  promises,
  'setTimeout',
  (real) =>
    either(real as AnyFunction, (at, ms: never, value: never, options: never) =>
      pause(at, ms, value, options),
    ) as never,
);
replace(
  promises,
  'setImmediate',
  (real) =>
    either(real as AnyFunction, (at, value: never, options: never) => pause(at, 0, value, options)) as never,
);
install();
syncBuiltinESMExports();
