import { inject, type ProvidedContext } from 'vitest';

/**
 * Of the Temporal server that this file has for itself; with TEMPORAL_ADDRESS set, of that one. Empty under another configuration than
 * the suite's, which has none.
 */
export const temporalAddress: string = await addressOf(inject('temporal'));

async function addressOf(given: ProvidedContext['temporal'] | undefined): Promise<string> {
  return given === undefined ? '' : (given.address ?? nextServer());
}

/** Of one that no other file has met, also where TEMPORAL_ADDRESS is set: for what asks of all that there is. */
export async function ownTemporal(): Promise<string> {
  return inject('temporal').address === undefined ? temporalAddress : nextServer();
}

async function nextServer(): Promise<string> {
  const { servers }: ProvidedContext['temporal'] = inject('temporal');
  const response = await fetch(servers, { method: 'POST', body: process.env.VITEST_POOL_ID ?? '' });
  const body = await response.text();
  if (!response.ok) throw new Error(`no Temporal server for this file: ${body}`);
  return body;
}
