/** A value that whoever has no key of sealed values must read, as it tells nothing of a run's values. */
export class Readable {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}
