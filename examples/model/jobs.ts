// What runs the model team's jobs: the cluster and the files in the worker's process, the model in Python.

import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bind, command } from 'goalkeeper/worker';
import { start, stop } from './cluster.ts';
import { evaluateModel, putInPlace, startCluster, stopCluster, trainModel } from './goals.ts';
import { home } from './home.ts';

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** A program in Python, which gets the data and the helper for jobs by its environment. */
const python = (file: string) =>
  command({
    argv: ['python3', pathOf(`./python/${file}`)],
    env: {
      PYTHONPATH: pathOf('../../program/python'),
      PYTHONDONTWRITEBYTECODE: '1',
      MODEL_DIR: home(),
      PENGUINS: fileURLToPath(new URL('../data/penguins.json', import.meta.resolve('vega-datasets'))),
    },
  });

export const jobs = [
  bind(startCluster, async ({ cluster }, { signal }) => ({ started: await start(cluster, signal) })),
  bind(stopCluster, async ({ cluster }, { signal }) => ({ stopped: await stop(cluster, signal) })),
  bind(trainModel, python('train.py')),
  bind(evaluateModel, python('evaluate.py')),
  bind(putInPlace, async ({ model }) => {
    const path = join(home(), 'current.model.json');
    await copyFile(join(home(), model), path);
    return { path };
  }),
];
