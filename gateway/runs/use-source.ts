// Where the gateway looks for who used an outcome: Temporal's list, and histories.

import type { DoubtSource } from '../../views/doubts.ts';
import { isNotFound, type Temporal } from '../temporal/temporal.ts';
import { historyOf } from './stories.ts';

export const useSource = (temporal: Temporal): DoubtSource => ({
  list: (query, pageSize, nextPageToken) =>
    temporal.call((service) =>
      service.listWorkflowExecutions({ namespace: temporal.namespace, query, pageSize, nextPageToken }),
    ),
  async events(run, execution) {
    try {
      return await historyOf(temporal, run, execution);
    } catch (error) {
      if (isNotFound(error)) return null;
      throw error;
    }
  },
});
