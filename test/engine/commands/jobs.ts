import { fileURLToPath } from 'node:url';
import { bind, command } from 'goalkeeper/worker';
import { actInPython } from './goals.ts';

const here = fileURLToPath(new URL('.', import.meta.url));

export const jobs = [
  bind(
    actInPython,
    command({
      argv: ['python3', `${here}act.py`],
      env: { PYTHONPATH: fileURLToPath(new URL('../../../program/python', import.meta.url)) },
      grace: '1500ms',
    }),
  ),
];
