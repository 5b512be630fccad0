// The threads in which the SDK runs workflows. The SDK starts them without a word on how; what is set right in them has to run
// before anything else does there, and is text for that reason.

import threads from 'node:worker_threads';
import { LIGHT_PROMISES } from './light-promises.ts';
import { TIMED_ENTRIES } from './timed-entries.ts';

/** The SDK's own file. */
const WORKFLOW_THREAD = /workflow-worker-thread\.c?js$/;

const PRELOAD = `${TIMED_ENTRIES}\n${LIGHT_PROMISES}`;

const { Worker } = threads;
type Given = ConstructorParameters<typeof Worker>;

class WorkflowThread extends Worker {
  constructor(file: Given[0], options: Given[1] = {}) {
    const isWorkflows = WORKFLOW_THREAD.test(String(file));
    // Nothing that a process is started with is needed there: what runs is a bundle.
    const execArgv = ['--import', `data:text/javascript,${encodeURIComponent(PRELOAD)}`];
    super(file, isWorkflows ? { ...options, execArgv } : options);
  }
}

/** Of a worker's process, before its first worker. */
export function prepareWorkflowThreads(): void {
  threads.Worker = WorkflowThread;
}
