import { permanent } from 'goalkeeper';
import { bind } from 'goalkeeper/worker';
import { askUpstream, countDay, countLanding, dropScratch, importFares } from './goals.ts';

/** What a test mends: keys that may be imported, and for which upstream answers. */
export const mended = new Set<string>();

export const jobs = [
  bind(countLanding, async () => ({ rows: 7 })),
  bind(countDay, async ({ day }, { attempt }) => {
    if (day === 1_234) throw permanent('the source has no such day', { code: 'no_such_day' });
    if (day % 500 === 0 && attempt === 1) throw new Error('the source is busy');
    return { rows: 1 };
  }),
  bind(importFares, async ({ key }) => {
    if (mended.has(key)) return { rows: 7 };
    // A trouble of its own, which other tests have not.
    if (key.startsWith('tariff'))
      throw permanent('Somebody has locked the tariffs', { code: 'tariffs_locked' });
    throw permanent('The licence for fares has expired; renew it', { code: 'licence_expired' });
  }),
  bind(dropScratch, async ({ key }) => {
    if (mended.has(key)) return null;
    throw permanent('another session still uses the schema', { code: 'schema_in_use' });
  }),
  bind(askUpstream, async ({ key }) => {
    if (mended.has(key)) return { rows: 3 };
    throw Object.assign(new Error('upstream is away'), { code: 'upstream_away' });
  }),
];
