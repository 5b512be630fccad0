// Whether anybody looks at the end of a step: one that was begun and forgotten would leave a goal achieved by nothing.

/** What is known of the promise of a step at whose end nobody seems to have looked. */
interface Unseen {
  name: string;
  /** How often its constructor was asked for. */
  asked: number;
  hasEnded: boolean;
}

export class AwaitedSteps {
  readonly #unseen = new Map<Promise<unknown>, Unseen>();

  /** The steps that `pursue` has begun and at whose end it has never looked. */
  get missing(): string[] {
    return [...this.#unseen]
      .filter(([promise, { asked, hasEnded }]) => asked <= (hasEnded && isTraced(promise) ? 1 : 0))
      .map(([, { name }]) => name);
  }

  /**
   * The promise, of which it is known from now on whether somebody looks at its end. Whoever does, by `await`, `then`,
   * `Promise.all` or a return, asks for its constructor or its `then`, and is given the same as of any other: nothing
   * takes a turn longer, which would change what a replay does. The SDK asks for the constructor once, when it has ended.
   */
  watched<T>(promise: Promise<T>, name: string): Promise<T> {
    const unseen: Unseen = { name, asked: 0, hasEnded: false };
    this.#unseen.set(promise, unseen);
    const ofConstructor: PropertyDescriptor = {
      configurable: true,
      get: () => {
        unseen.asked++;
        if (unseen.asked > 1 || !isTraced(promise)) this.#unseen.delete(promise);
        return Promise;
      },
    };
    const ofThen: PropertyDescriptor = {
      configurable: true,
      get: () => {
        this.#unseen.delete(promise);
        return Promise.prototype.then;
      },
    };
    void Object.defineProperty(promise, 'constructor', ofConstructor);
    return Object.defineProperty(promise, 'then', ofThen);
  }

  /** The same for one of which nobody tells that it has ended. */
  watchedToEnd<T>(promise: Promise<T>, name: string): Promise<T> {
    const ended = (): void => this.ended(promise);
    promise.then(ended, ended);
    return this.watched(promise, name);
  }

  /** It is about to be settled, or has been. */
  ended(promise: Promise<unknown>): void {
    const unseen = this.#unseen.get(promise);
    if (unseen !== undefined) unseen.hasEnded = true;
  }

  /** A step that fails while `pursue` awaits another is not an unhandled rejection, which would fail the task. */
  failed(promise: Promise<unknown>): void {
    const unseen = this.#unseen.get(promise);
    const asked = unseen?.asked ?? 0;
    promise.catch(() => undefined);
    if (unseen === undefined) return;
    // We are not who awaits it.
    this.#unseen.set(promise, Object.assign(unseen, { asked, hasEnded: true }));
  }
}

/** Whether the SDK keeps the stacks of promises, by the mark that it leaves on each. */
const isTraced = (promise: Promise<unknown>): boolean => Object.hasOwn(promise, 'runId');
