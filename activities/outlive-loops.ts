// A goal's code that loops is ended by the SDK after five seconds, in the thread that runs it. Where the loop came after an
// `await`, Node before version 24 is then out of step with its own account of async calls, and ends the whole process:
// the worker, with every other team's attempts. So the threads that run goals set that account right again.

import threads from 'node:worker_threads';

/** From then on Node keeps no such account for AsyncLocalStorage. */
const MENDED_IN = 24;

/** The SDK's own file. It starts a thread for it without a word on how. */
const WORKFLOW_THREAD = /workflow-worker-thread\.c?js$/;

// Runs before anything else in such a thread. Node has no other name for what forgets the account than this old one.
const PRELOAD = `
import vm from 'node:vm';
const { noDeprecation } = process;
process.noDeprecation = true;
const { clearAsyncIdStack } = process.binding('async_wrap');
process.noDeprecation = noDeprecation;
for (const owner of [vm, vm.Script.prototype]) {
  const { runInContext } = owner;
  owner.runInContext = function (...args) {
    try {
      return runInContext.apply(this, args);
    } catch (error) {
      if (error?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') clearAsyncIdStack?.();
      throw error;
    }
  };
}`;

const { Worker } = threads;
type Given = ConstructorParameters<typeof Worker>;

class OutlivingWorker extends Worker {
  constructor(file: Given[0], options: Given[1] = {}) {
    const isWorkflows = WORKFLOW_THREAD.test(String(file));
    // Nothing that a process is started with is needed there: what runs is a bundle.
    const execArgv = ['--import', `data:text/javascript,${encodeURIComponent(PRELOAD)}`];
    super(file, isWorkflows ? { ...options, execArgv } : options);
  }
}

/** Of a worker's process, before its first worker. */
export function outliveLoops(): void {
  if (Number.parseInt(process.versions.node, 10) >= MENDED_IN || threads.Worker === OutlivingWorker) return;
  threads.Worker = OutlivingWorker;
}
