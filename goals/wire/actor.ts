// Who did something, as it is written down beside it.

import { z } from 'zod';

/** Whether the gateway knew that it was `by`, by credentials. Absent: it was only told so, or nobody was. */
export const verifiedField = z.literal(true).optional();

/** `verified: true` where it is, and nothing where it is not, so that what is written down stays as it was. */
export const verifiedMark = ({ verified }: { verified?: boolean | undefined }): { verified?: true } =>
  verified === true ? { verified } : {};

const PREFIX = 'goalkeeper:verified:';

/** Who asks, where Temporal keeps one text: for a cancellation or a termination. */
export const actorText = (by: string, { verified }: { verified?: boolean | undefined }): string =>
  verified === true ? `${PREFIX}${by}` : by;

/** What such a text says. */
export const actorIn = (text: string): { by: string; verified?: true } =>
  text.startsWith(PREFIX) ? { by: text.slice(PREFIX.length), verified: true } : { by: text };

/** Whether a name that somebody gives would be read as one that was verified. */
export const looksVerified = (by: string): boolean => by.startsWith(PREFIX);
