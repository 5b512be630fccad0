// A goal's code that loops is ended by the SDK after five seconds, in the thread that runs it. Three things about that are set right:
//
// - Node starts a thread for each entry into the sandbox that has a time limit, which costs 20 times as much as the entry itself.
//   So only entries have one in which a team's code can run: the evaluation of its module, a run's going on, and the conditions
//   for which it waits. What initializes a run and what collects its commands is the SDK's code alone, unless a plugin joins in.
// - Where the loop came after an `await`, Node before version 24 is then out of step with its own account of async calls, and ends
//   the whole process: the worker, with every other team's attempts. So that account is set right again.
// - A thread that begins loads all modules that runs share, under the same limit, and the worker ends where that takes longer. On a
//   machine that is busy it may: a worker that starts among others would die of it, so it has a minute.

/** Of a workflow's thread. Node has no other name for what forgets the account than this old one. */
export const TIMED_ENTRIES = `
import vm from 'node:vm';
const { noDeprecation } = process;
process.noDeprecation = true;
// From version 24 on Node keeps no such account for AsyncLocalStorage.
const { clearAsyncIdStack } = Number.parseInt(process.versions.node, 10) < 24 ? process.binding('async_wrap') : {};
process.noDeprecation = noDeprecation;

const LOADING_MS = 60_000;
const isLoading = (context) => context.__temporal_args === undefined && context.__TEMPORAL_ACTIVATOR__ === undefined;

const mayLoop = (context) => {
  const given = context.__temporal_args;
  const run = context.__TEMPORAL_ACTIVATOR__;
  // Another run's is seen until the sandbox is entered for this one.
  if (given === undefined || run === undefined || context.__TEMPORAL_BAG_HOLDER__ !== given[0]) return true;
  switch (given[1]) {
    case 'initialize':
    case 'concludeActivation':
    case 'dispose':
      return !(run.interceptors?.internals?.length === 0);
    case 'tryUnblockConditions':
      return !(run.blockedConditions?.size === 0);
    default:
      return true;
  }
};

for (const owner of [vm, vm.Script.prototype]) {
  const { runInContext } = owner;
  owner.runInContext = function (...args) {
    const timeout = owner === vm ? undefined : args[1]?.timeout;
    if (timeout !== undefined && isLoading(args[0])) args[1] = { ...args[1], timeout: Math.max(timeout, LOADING_MS) };
    else if (timeout !== undefined && !mayLoop(args[0])) args[1] = { ...args[1], timeout: undefined };
    try {
      return runInContext.apply(this, args);
    } catch (error) {
      if (error?.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT') clearAsyncIdStack?.();
      throw error;
    }
  };
}`;
