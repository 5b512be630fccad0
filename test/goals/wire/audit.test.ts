import { describe, expect, test } from 'vitest';
import {
  type AuditEntry,
  type AuditHead,
  type AuditNote,
  type AuditWhat,
  entryAfter,
  verifyAudit,
} from '../../../goals/wire/audit.ts';

const noteOf = (what: AuditWhat): AuditNote => ({
  at: '2026-11-28T12:00:00.000Z',
  who: { name: 'ada', kind: 'person', how: 'session', from: '10.0.0.1' },
  ...{ route: 'POST /runs/:id/cancel', params: { id: 'a:1' }, goal: 'a', team: 't', what },
});

function chainOf(chain: string, whats: readonly AuditWhat[]): AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const what of whats) entries.push(entryAfter(chain, headOf(entries), noteOf(what)));
  return entries;
}

function headOf(entries: readonly AuditEntry[]): AuditHead | null {
  const last = entries.at(-1);
  return last === undefined ? null : { chain: last.chain, seq: last.seq, hash: last.hash };
}

const act = { kind: 'act' } as const;
const one = chainOf('one', [{ kind: 'anchor', heads: [] }, act, act, act, act]);
const head = headOf(one) as AuditHead;
const other = chainOf('other', [{ kind: 'anchor', heads: [head] }, act]);
const all = [...one, ...other];
const without = (seq: number) => all.filter((entry) => entry.chain !== 'one' || entry.seq !== seq);
const at = (seq: number): AuditEntry => one.find((entry) => entry.seq === seq) as AuditEntry;

describe('an audit', () => {
  test('is whole, in whatever order it comes, and where retention has taken its beginning', () => {
    expect(verifyAudit([...all].reverse())).toEqual({ chains: 2, entries: 7, faults: [] });
    expect(verifyAudit(all.filter(({ chain, seq }) => chain === 'other' || seq > 3)).faults).toEqual([]);
    expect(verifyAudit(other).faults).toEqual([]);
  });

  test.each<[string, AuditEntry[], unknown]>([
    [
      'an entry was changed',
      without(3).concat({ ...at(3), who: null }),
      { chain: 'one', seq: 3, fault: 'changed' },
    ],
    ['an entry is gone', without(3), { chain: 'one', seq: 3, fault: 'missing' }],
    [
      'the last entry is gone, which another chain saw',
      without(5),
      { chain: 'one', seq: 5, fault: 'missing' },
    ],
    [
      'an entry was written anew, with a hash that fits it',
      without(3).concat(
        entryAfter('one', { chain: 'one', seq: 2, hash: at(2).hash }, noteOf({ kind: 'signed-in' })),
      ),
      { chain: 'one', seq: 4, fault: 'broken' },
    ],
    [
      'two entries have one place',
      all.concat(
        entryAfter('one', { chain: 'one', seq: 2, hash: at(2).hash }, noteOf({ kind: 'signed-in' })),
      ),
      { chain: 'one', seq: 3, fault: 'contradicted' },
    ],
    [
      'the end was written anew',
      without(5).concat(
        entryAfter('one', { chain: 'one', seq: 4, hash: at(4).hash }, noteOf({ kind: 'signed-in' })),
      ),
      { chain: 'one', seq: 5, fault: 'contradicted' },
    ],
  ])('is found wanting where %s', (_, entries, fault) => {
    expect(verifyAudit(entries).faults).toContainEqual(fault);
  });
});
