import { expect, test } from 'vitest';
import { actionsIn } from './costs.ts';

test('actions are the execution, each attempt, an update, a timer, and a task with local activities, however many', () => {
  const local = (task: number) => ({
    markerRecordedEventAttributes: {
      markerName: 'core_local_activity',
      workflowTaskCompletedEventId: task as never,
    },
  });
  expect(actionsIn([{ workflowExecutionStartedEventAttributes: {} }])).toBe(1);
  expect(actionsIn([{ activityTaskScheduledEventAttributes: {} }])).toBe(0);
  expect(actionsIn([{ activityTaskStartedEventAttributes: { attempt: 3 } }])).toBe(3);
  expect(actionsIn([{ workflowExecutionUpdateAcceptedEventAttributes: {} }])).toBe(1);
  expect(actionsIn([{ timerStartedEventAttributes: {} }, { timerFiredEventAttributes: {} }])).toBe(1);
  expect(actionsIn([local(4), local(4), local(9)])).toBe(2);
  expect(actionsIn([{ markerRecordedEventAttributes: { markerName: 'core_patch' } }])).toBe(1);
});
