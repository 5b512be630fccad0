import { secretPath } from './wire/run-id.ts';

/**
 * A path of a goal's `key` whose value is personal: the run's ID, which Temporal and every log hold in clear, has a digest of it. A person
 * who can guess the value can compute the digest.
 *
 * @param path Into the input, such as `customer.email`.
 * @example
 * ```ts
 * import { secret } from 'goalkeeper';
 *
 * export const key = ['day', secret('customer.email')];
 * ```
 */
export const secret = (path: string): string => secretPath(path);
