// The SDK keeps where each promise of a workflow was made, for Temporal's stack traces of open runs. It writes each trace down at
// once: for a promise it compiles two functions, formats five frames, and maps each to its source. Nearly all traces are
// forgotten unread a moment later. So only the frames are kept here, and whoever reads a trace has it written.

import { LIGHT_HOST } from '../goals/wire/names.ts';

/** Of a workflow's thread, in which nothing else has hooks of promises. */
export const LIGHT_PROMISES = `
import { promiseHooks } from 'node:v8';
const { createHook } = promiseHooks;

const sandboxes = new WeakMap();
const sandboxOf = (promise) => {
  const make = promise.constructor.constructor;
  // A promise of the thread itself, and of no workflow.
  if (make === Function) return undefined;
  let sandbox = sandboxes.get(make);
  if (sandbox === undefined) {
    sandbox = make('return { run: () => globalThis.__TEMPORAL_ACTIVATOR__, Error: globalThis.Error }')();
    sandboxes.set(make, sandbox);
  }
  return sandbox;
};

const FRAME = /^ +at (?:(.*) \\()?(.*?)(?::(\\d+):(\\d+))?\\)?$/;
const HOOK = /^\\s+at .*(?:data:text\\/javascript|node:internal\\/promise_hooks)/;
// As the SDK cuts its traces off: what is below is its own.
const BELOW = /Activator\\.\\S+NextHandler|Script\\.runInContext/;

class Trace {
  #error;
  #lines;
  constructor(error) {
    this.#error = error;
  }
  get #written() {
    if (this.#lines === undefined) {
      const lines = String(this.#error.stack).split('\\n').slice(1).filter((line) => !HOOK.test(line));
      const below = lines.findIndex((line) => BELOW.test(line));
      this.#lines = below < 0 ? lines : lines.slice(0, below);
      this.#error = undefined;
    }
    return this.#lines;
  }
  get formatted() {
    return this.#written.join('\\n');
  }
  get structured() {
    return this.#written.map((line) => {
      const [, name, file, row, column] = FRAME.exec(line) ?? [];
      return {
        file_path: file,
        function_name: name,
        line: row && Number(row),
        column: column && Number(column),
        internal_code: false,
      };
    });
  }
}

const traces = {
  init(promise, parent) {
    const sandbox = sandboxOf(promise);
    const run = sandbox?.run();
    if (run === undefined || promise === parent) return;
    const store = run.promiseStackStore;
    promise.runId = run.info.runId;
    // Of thousands of runs nobody reads one another's.
    if (run.info.workflowType === '${LIGHT_HOST}') return;
    store.promiseToStack.set(promise, new Trace(new sandbox.Error()));
    const parents = store.childToParent.get(promise) ?? new Set();
    if (parent) parents.add(parent);
    store.childToParent.set(promise, parents);
  },
  settled(promise) {
    const store = sandboxOf(promise)?.run()?.promiseStackStore;
    if (store === undefined) return;
    store.childToParent.delete(promise);
    store.promiseToStack.delete(promise);
  },
};
// Node's own, of AsyncLocalStorage, are made by the same function.
promiseHooks.createHook = (given) => createHook('before' in given ? given : traces);`;
