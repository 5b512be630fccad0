import { inject, type ProvidedContext } from 'vitest';

/** Of the Temporal server that this file has for itself. Empty under another configuration than the suite's, which has none. */
export const temporalAddress: string = await addressOf(inject('temporal'));

async function addressOf(given: ProvidedContext['temporal'] | undefined): Promise<string> {
  if (given === undefined) return '';
  if ('address' in given) return given.address;
  const response = await fetch(given.servers, { method: 'POST', body: process.env.VITEST_POOL_ID ?? '' });
  const body = await response.text();
  if (!response.ok) throw new Error(`no Temporal server for this file: ${body}`);
  return body;
}
