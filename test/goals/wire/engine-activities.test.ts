import { expect, expectTypeOf, test } from 'vitest';
import type { EngineActivities } from '../../../goals/wire/engine-activities.ts';
import type { activityNames } from '../../../goals/wire/names.ts';
import { readCode } from '../../house/arrows.ts';

test('every activity of the engine has its types, which the compiler compares', () => {
  expectTypeOf<keyof EngineActivities>().toEqualTypeOf<(typeof activityNames)[keyof typeof activityNames]>();
});

test('workflows call them by those types, without a cast', () => {
  const cast = /activityNames\.\w+\] as\b|\[activityNames\.\w+\]\(\w+:/;
  expect([...readCode(['workflows'])].filter(([, code]) => cast.test(code)).map(([file]) => file)).toEqual(
    [],
  );
});
