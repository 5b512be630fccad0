// What a browser complains of while a test looks at a page of it.

import type { Page } from 'playwright-core';

/** A status of an answer, or Chromium's name of a connection that failed, which a test is about. */
export type Expected = number | `ERR_${string}`;

const POLICY = `addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) =>
  console.error('against the policy: ' + effectiveDirective + ' ' + blockedURI))`;

/** Complaints of a page as they come: errors of its script, what its policy forbids, refusals, and what it asks of any other host. */
export async function complaintsOf(
  page: Page,
  own: readonly string[],
  expected: readonly Expected[] = [],
): Promise<string[]> {
  const complaints: string[] = [];
  const isExpected = (said: string): boolean => {
    const [, status, failure] =
      /^Failed to load resource: (?:.* status of (\d+)|net::(ERR_\w+))/.exec(said) ?? [];
    return expected.some((one) => String(one) === (status ?? failure));
  };
  page.on('pageerror', ({ message }) => void complaints.push(message));
  page.on('console', (said) => {
    if (said.type() === 'error' && !isExpected(said.text()))
      complaints.push(`${said.text()} (${said.location().url})`);
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    if (protocol !== 'data:' && !own.includes(origin)) complaints.push(`it asks ${request.url()}`);
  });
  await page.addInitScript(POLICY);
  return complaints;
}
