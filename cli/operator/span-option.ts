import { InvalidArgumentError, Option } from 'commander';
import { milliseconds } from '../../goals/duration.ts';

/** An option whose value is a time span such as `30s` or `2h`; it gives milliseconds. */
export const spanOption = (flags: string, description: string): Option =>
  new Option(flags, description).argParser((given) => {
    const ms = milliseconds(given);
    if (ms === null || ms <= 0) throw new InvalidArgumentError('Write such as 30s, 10m or 2h.');
    return ms;
  });
