// What all runs of a worker share: the language of goals and zod, which are pure, are evaluated once for all of them. Each
// run would otherwise evaluate them anew, which costs more than its steps. A team's own modules stay each run's own.

/** Webpack's: what each module is made by, and what has been made, by the same names. */
declare const __webpack_modules__: Record<string, unknown>;

/** As bundle-modules.ts of the worker names them: no folder of a team's is among them, whatever it is called. */
const SHARED = /^(zod|goalkeeper\/(goals|workflows))\//;

const { __webpack_module_cache__: made } = globalThis as unknown as {
  __webpack_module_cache__: Record<string, { exports: object } | undefined>;
};

// The SDK freezes what is shared, and all that it can reach. A schema works out parts of itself when they are first
// needed, so it must not be reached; the SDK goes no further where something is frozen already.
for (const name of Object.keys(__webpack_modules__))
  if (SHARED.test(name) && made[name] !== undefined) Object.freeze(made[name].exports);

// Zod keeps them here for a second copy of itself, of which there is none. Frozen, nobody could set zod's language.
const copies = globalThis as { __zod_globalConfig?: unknown; __zod_globalRegistry?: unknown };
delete copies.__zod_globalConfig;
delete copies.__zod_globalRegistry;

// The SDK takes a stack trace for each promise, and maps each of its frames to its source. So many tell where an error of
// the goal's own code was thrown.
(Error as { stackTraceLimit?: number }).stackTraceLimit = 5;
