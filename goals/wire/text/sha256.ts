// SHA-256 as every place that runs our code has it: Temporal's sandbox has no crypto, and a run's ID must come out the
// same there and in the gateway.

import { sha256 as digest } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';

/** Lower-case hex digest (64 characters) of the text's UTF-8 bytes; a lone surrogate counts as U+FFFD. */
export const sha256 = (text: string): string => bytesToHex(digest(utf8ToBytes(text)));
