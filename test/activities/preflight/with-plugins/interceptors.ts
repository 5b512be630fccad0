import { sleep, type WorkflowInterceptorsFactory } from '@temporalio/workflow';

/** No history has this timer that was written without the plugin. */
export const interceptors: WorkflowInterceptorsFactory = () => ({
  inbound: [
    {
      async execute(input, next) {
        await sleep(1);
        return next(input);
      },
    },
  ],
});
