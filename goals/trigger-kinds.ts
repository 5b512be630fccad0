// The kinds of triggers that a goal may list in `on`. What checks and publishes a goal goes over this list; a new kind is a
// file and a line here, and its declaration in trigger.ts.

import { datasetKind } from './dataset-trigger.ts';
import { eventKind } from './event.ts';
import { outcomeKind } from './outcome-trigger.ts';
import { scheduleKind } from './schedule.ts';
import type { TriggerKind } from './trigger.ts';

export const triggerKinds: readonly TriggerKind[] = [scheduleKind, outcomeKind, eventKind, datasetKind];
