// The audit stream: who asked a gateway for what, and what came of it. A chain for each start of a gateway: each entry has the
// digest of the one before, and each chain names how far it saw the others, so that a change or a loss is found.

import { z } from 'zod';
import { canonicalJson } from './text/canonical-json.ts';
import { sha256 } from './text/sha256.ts';

/** How far a chain went, as somebody saw it. */
export const headSchema = z.object({ chain: z.string(), seq: z.int(), hash: z.string() });
export type AuditHead = z.infer<typeof headSchema>;

export const auditWhatSchema = z.discriminatedUnion('kind', [
  /** The chain begins, or goes on in another part; with the heads of the others. */
  z.object({ kind: z.literal('anchor'), heads: z.array(headSchema) }),
  /** Something is about to be done that may change something. */
  z.object({ kind: z.literal('act') }),
  /** What came of an act: `of` is its number in the chain. */
  z.object({
    kind: z.literal('result'),
    of: z.int(),
    status: z.int(),
    code: z.string().nullable(),
    reason: z.string().nullable(),
    /** It only asked what would be done. */
    dryRun: z.literal(true).optional(),
    /** The address of what it made, or acted on. */
    location: z.string().optional(),
  }),
  /** It was refused to be asked, or of a thing that does not exist for whoever asks. */
  z.object({ kind: z.literal('denied'), status: z.int(), code: z.string() }),
  /** Somebody signed in with a browser. */
  z.object({ kind: z.literal('signed-in') }),
  /** A browser gave its session back. */
  z.object({ kind: z.literal('signed-out') }),
  /** A sealed value was opened for somebody. */
  z.object({ kind: z.literal('revealed') }),
  /** So many denials came faster than they could be kept. */
  z.object({ kind: z.literal('dropped'), count: z.int() }),
]);
export type AuditWhat = z.infer<typeof auditWhatSchema>;

export const auditWhoSchema = z.object({
  /** Null where nobody is known. */
  name: z.string().nullable(),
  kind: z.string(),
  /** By which credentials the gateway knows. */
  how: z.string(),
  /** The address that asked. */
  from: z.string(),
});

export const auditEntrySchema = z.object({
  chain: z.string(),
  /** From 1 on, without a gap. */
  seq: z.int(),
  at: z.string(),
  /** The hash of the entry before; empty of the first. */
  previous: z.string(),
  who: auditWhoSchema.nullable(),
  /** `POST /runs/:id/cancel`; null of what is no request. */
  route: z.string().nullable(),
  /** What the path names: `{ "id": "load-day:2026-11-20" }`. */
  params: z.record(z.string(), z.string()),
  goal: z.string().nullable(),
  team: z.string().nullable(),
  what: auditWhatSchema,
  /** SHA-256, in hex, of all else as canonical JSON. */
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** An entry before it has its place in a chain. */
export type AuditNote = Omit<AuditEntry, 'chain' | 'seq' | 'previous' | 'hash'>;

/** The entry of a note, after `head`; null: it is the first of its chain. */
export function entryAfter(chain: string, head: AuditHead | null, note: AuditNote): AuditEntry {
  const entry = { chain, seq: (head?.seq ?? 0) + 1, previous: head?.hash ?? '', ...note };
  return { ...entry, hash: hashOf(entry) };
}

export const hashOf = ({ hash: _, ...rest }: Partial<AuditEntry>): string => sha256(canonicalJson(rest));

export const auditFaults = ['changed', 'missing', 'broken', 'contradicted'] as const;
export interface AuditFault {
  chain: string;
  seq: number;
  /** Its own hash is wrong; it is not there; it does not follow the one before; another chain saw another entry there. */
  fault: (typeof auditFaults)[number];
}

export interface AuditVerdict {
  chains: number;
  entries: number;
  faults: AuditFault[];
}

/**
 * What is wrong with these entries. What Temporal's retention has taken from the beginning of a chain is not missing; what is
 * gone from its middle, or from an end that another chain has seen, is.
 */
export function verifyAudit(entries: readonly AuditEntry[]): AuditVerdict {
  const chains = new Map<string, AuditEntry[]>();
  for (const entry of entries) chains.set(entry.chain, [...(chains.get(entry.chain) ?? []), entry]);
  const faults: AuditFault[] = [];
  for (const [chain, unsorted] of chains) {
    const sorted = unsorted.sort((a, b) => a.seq - b.seq);
    for (const [i, entry] of sorted.entries()) {
      const before = sorted[i - 1];
      if (hashOf(entry) !== entry.hash) faults.push({ chain, seq: entry.seq, fault: 'changed' });
      if (before === undefined) {
        if (entry.seq === 1 && entry.previous !== '') faults.push({ chain, seq: 1, fault: 'broken' });
        continue;
      }
      if (entry.seq === before.seq) faults.push({ chain, seq: entry.seq, fault: 'contradicted' });
      else if (entry.seq > before.seq + 1) faults.push({ chain, seq: before.seq + 1, fault: 'missing' });
      else if (entry.previous !== before.hash) faults.push({ chain, seq: entry.seq, fault: 'broken' });
    }
  }
  faults.push(...unlikeSeen(entries, chains));
  return { chains: chains.size, entries: entries.length, faults };
}

/** What is not as another chain saw it. */
function unlikeSeen(
  entries: readonly AuditEntry[],
  chains: ReadonlyMap<string, readonly AuditEntry[]>,
): AuditFault[] {
  const heads = entries.flatMap(({ what }) => (what.kind === 'anchor' ? what.heads : []));
  const seen = new Set<string>();
  return heads.flatMap(({ chain, seq, hash }): AuditFault[] => {
    const place = `${chain} ${seq} ${hash}`;
    const known = chains.get(chain);
    // All of it may be past its retention.
    if (known === undefined || seen.has(place)) return [];
    seen.add(place);
    const found = known.find((entry) => entry.seq === seq);
    if (found === undefined) return (known[0]?.seq ?? 0) > seq ? [] : [{ chain, seq, fault: 'missing' }];
    return found.hash === hash ? [] : [{ chain, seq, fault: 'contradicted' }];
  });
}

/** An act or a denial as people see it, with what came of it. */
export const auditItemSchema = z.object({
  ...auditEntrySchema.pick({ chain: true, seq: true, at: true, who: true, route: true, params: true }).shape,
  ...auditEntrySchema.pick({ goal: true, team: true }).shape,
  kind: z.enum(['act', 'denied', 'signed-in', 'signed-out', 'revealed', 'dropped']),
  /** Null of an act of which nothing more is known: it is under way, or its gateway died. */
  result: z
    .object({
      status: z.int(),
      code: z.string().nullable(),
      reason: z.string().nullable(),
      location: z.string().optional(),
    })
    .nullable(),
  dryRun: z.literal(true).optional(),
  count: z.int().optional(),
});
export type AuditItem = z.infer<typeof auditItemSchema>;
