// What sealing costs a clean run: the same goal on two stages, of which one has keys, in turn.

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { begin } from './begin.ts';
import { interleaved, p50 } from './measure.ts';
import { openStage, type Stage } from './stage.ts';
import type { Work } from './work.ts';

export const sealed: Work = async (stage) => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-keys-'));
  const keys = join(folder, 'keys.json');
  await writeFile(keys, JSON.stringify([{ id: 'k1', key: randomBytes(32).toString('base64') }]));
  const other = await openStage({ GOALKEEPER_KEYS: keys });
  try {
    const one = async (at: Stage): Promise<unknown> => {
      const handle = await begin(at, 'bench-three');
      // Its result is sealed: only that it has ended is waited for.
      return handle.result().catch(() => undefined);
    };
    const times = await interleaved(5, {
      clear: () => p50(15, () => one(stage)),
      sealed: () => p50(15, () => one(other)),
    });
    return [
      {
        ...{ work: 'three steps, sealed', variant: 'one', value: times.sealed, unit: 'ms' },
        ...{ ratio: times.sealed / times.clear, against: 'not sealed', wanted: { most: 1.1 } },
      },
    ];
  } finally {
    await other.end();
    await rm(folder, { recursive: true, force: true });
  }
};
