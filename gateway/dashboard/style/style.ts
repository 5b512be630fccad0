// The one stylesheet of the pages.

import { FORMS } from './forms.ts';
import { FRAME } from './frame.ts';
import { GOALS } from './goals.ts';
import { RUNS } from './runs.ts';
import { TOKENS } from './tokens.ts';
import { WIDTHS } from './widths.ts';

export const STYLE = [TOKENS, FRAME, GOALS, RUNS, FORMS, WIDTHS].join('');
