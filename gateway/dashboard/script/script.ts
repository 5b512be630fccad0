// The one script of the pages, which are whole without it: each part of it is a file, and knows the others by names that stand in
// one scope.

import { BUSY } from './busy.ts';
import { COPY } from './copy.ts';
import { CUT_OFF } from './cut-off.ts';
import { FORM_SCRIPT } from './form-script.ts';
import { KEYS } from './keys.ts';
import { LIVE } from './live.ts';
import { MORPH } from './morph.ts';
import { ZONE } from './zone.ts';

export const SCRIPT = `'use strict';
(() => {
document.documentElement.classList.add('js');
${[ZONE, MORPH, COPY, CUT_OFF, FORM_SCRIPT, BUSY, LIVE, KEYS].join('')}})();
`;
