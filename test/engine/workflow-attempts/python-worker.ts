import { fileURLToPath } from 'node:url';
import { type Child, startChild } from '../../../deploy/local/child-process.ts';
import { temporalAddress } from '../../temporal-address.ts';

const MAIN = fileURLToPath(new URL('./worker.py', import.meta.url));
const HELPER = fileURLToPath(new URL('../../../program/python', import.meta.url));

/** The worker in Python as a process of its own, once it takes work. */
export async function startPythonWorker(python: string, attemptsFile: string): Promise<Child> {
  let ready = () => {};
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const child = await startChild(python, ['-u', MAIN], {
    env: {
      ...process.env,
      PYTHONPATH: HELPER,
      PYTHONDONTWRITEBYTECODE: '1',
      TEMPORAL_ADDRESS: temporalAddress,
      ATTEMPTS_FILE: attemptsFile,
    },
    onLine: (line) => {
      if (line === 'ready') ready();
    },
  });
  const died = child.exited.then(() => Promise.reject(new Error(`the Python worker ended: ${child.tail()}`)));
  await Promise.race([isReady, died]);
  died.catch(() => undefined);
  return child;
}
