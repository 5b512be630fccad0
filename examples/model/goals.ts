// A model as teams build it: on a cluster that is there for the training only, held to a quality, approved by a person.

import { goal, job } from 'goalkeeper';
import { z } from 'zod';

const Cluster = z.object({ cluster: z.string() });
const Model = z.object({ model: z.string() });

export const startCluster = job({
  name: 'start-cluster',
  input: Cluster,
  output: z.object({ started: z.boolean() }),
  timeout: '30s',
  retry: { attempts: 3, delay: '500ms' },
});

/** Copes with a cluster that never came up, or is gone already. */
export const stopCluster = job({
  name: 'stop-cluster',
  input: Cluster,
  output: z.object({ stopped: z.boolean() }),
  timeout: '30s',
  retry: { attempts: 20, delay: '1s' },
});

export const trainModel = job({
  name: 'train-model',
  input: Cluster.extend(Model.shape),
  output: z.object({ epochs: z.int(), loss: z.number() }),
  timeout: '5m',
  retry: { attempts: 3, delay: '1s' },
});

export const evaluateModel = job({
  name: 'evaluate-model',
  input: Model,
  output: z.object({ accuracy: z.number(), penguins: z.int() }),
  timeout: '1m',
});

export const putInPlace = job({
  name: 'put-in-place',
  input: Model,
  output: z.object({ path: z.string() }),
});

const GOOD_ENOUGH = 0.95;

export const modelReady = goal({
  name: 'model-ready',
  outcome: 'A model that tells penguins apart is approved and in place',
  owner: 'grace',
  team: 'models',
  input: z.object({ build: z.string() }),
  output: z.object({ accuracy: z.number(), path: z.string().nullable() }),
  key: ['build'],
  deadline: '2d',
  jobs: [startCluster, stopCluster, trainModel, evaluateModel, putInPlace],
  criteria: {
    'right for 19 of 20 penguins that it has not seen': ({ accuracy }) =>
      accuracy >= GOOD_ENOUGH || `right for ${Math.round(accuracy * 100)} %`,
    'in place': ({ path }) => path !== null || 'nobody was asked, as it is not good enough',
  },
  async pursue({ build }, { run, cleanup, approve }) {
    const [cluster, model] = [`penguins-${build}`, `penguins-${build}.model.json`];
    // First the lease, then the cluster: so that there is no moment in which one is up that nothing tears down.
    const lease = await cleanup(stopCluster, { cluster }, { ttl: '1h', undoes: [startCluster] });
    await run(startCluster, { cluster });
    await run(trainModel, { cluster, model });
    // A person may take two days: the cluster is not needed for that.
    await lease.release();
    const { accuracy, penguins } = await run(evaluateModel, { model });
    if (accuracy < GOOD_ENOUGH) return { accuracy, path: null };
    await approve('release', { by: 'models', show: { build, accuracy, penguins } });
    return { accuracy, path: (await run(putInPlace, { model })).path };
  },
});

export default [modelReady];
