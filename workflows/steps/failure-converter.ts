// What the sandbox makes of errors: where values are sealed, messages and stacks go into a payload, which the worker seals.

import { DefaultFailureConverter, type FailureConverter } from '@temporalio/common';
import { SEALED_GLOBAL } from '../../goals/wire/names.ts';

const inClear = new DefaultFailureConverter();
const sealed = new DefaultFailureConverter({ encodeCommonAttributes: true });

/** The name is the SDK's: it looks for it in the module that the bundle was given (activities/bundle.ts). */
export const failureConverter: FailureConverter = {
  errorToFailure: (...given) =>
    (Reflect.get(globalThis, SEALED_GLOBAL) === true ? sealed : inClear).errorToFailure(...given),
  failureToError: (...given) => inClear.failureToError(...given),
};
