import { inject } from 'vitest';

/** Of the Temporal server that this file has for itself. Empty under another configuration than the suite's, which has none. */
export let temporalAddress = '';

/** Before each file, as files share their process. */
export async function renewTemporal(): Promise<void> {
  const given = inject('temporal');
  if ('address' in given) temporalAddress = given.address;
  else {
    const response = await fetch(given.servers, { method: 'POST', body: process.env.VITEST_POOL_ID ?? '' });
    const body = await response.text();
    if (!response.ok) throw new Error(`no Temporal server for this file: ${body}`);
    temporalAddress = body;
  }
}
