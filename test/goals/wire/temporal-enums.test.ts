import proto from '@temporalio/proto';
import { expect, test } from 'vitest';
import * as numbers from '../../../goals/wire/temporal-enums.ts';

const enums = proto.temporal.api.enums.v1 as unknown as Record<string, Record<string, number>>;

test.each(Object.entries(numbers))('%s has the numbers of the protocol', (name, ours) => {
  const prefix = name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  const theirs = enums[name.charAt(0).toUpperCase() + name.slice(1)] ?? {};
  const found = Object.keys(ours).map((key) => {
    // Of causes the protocol has a prefix that is longer than their enumeration's name.
    const full = Object.keys(theirs).find(
      (one) => one === `${prefix}_${key}` || one.endsWith(`_CAUSE_${key}`),
    );
    return [key, theirs[full ?? '']];
  });
  expect(Object.fromEntries(found)).toEqual(ours);
});
