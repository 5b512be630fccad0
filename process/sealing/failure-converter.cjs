// What the worker makes of errors when values are sealed: messages and stacks go into a payload, which is sealed, and not beside it.
// Temporal's worker loads it by its path, and so it is a CommonJS module (process/sealing/data-converter.ts).

const { DefaultFailureConverter } = require('@temporalio/common');

exports.failureConverter = new DefaultFailureConverter({ encodeCommonAttributes: true });
