// `patched` and `deprecatePatch`: how a team changes `pursue` under open runs. Temporal's own patches, named apart from
// those of goalkeeper.

import { deprecatePatch, patched } from '@temporalio/workflow';
import type { Pursuit } from '../../goals/index.ts';
import { patchId } from '../../goals/patch-id.ts';

export function goalPatches(): Pick<Pursuit, 'patched' | 'deprecatePatch'> {
  const asked = new Map<string, boolean>();
  return {
    patched: (name) => {
      const id = patchId(name);
      // The SDK answers true to a later call of a run that has gone the old way: half a loop would go each way.
      const isNew = asked.get(id) ?? patched(id);
      asked.set(id, isNew);
      return isNew;
    },
    deprecatePatch: (name) => deprecatePatch(patchId(name)),
  };
}
