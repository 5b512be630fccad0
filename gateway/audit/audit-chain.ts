// The chain of entries that this start of a gateway writes, kept in histories of Temporal's: each part is a workflow that nobody
// works on, and its signals are the entries. So they can be read with every worker down, and nothing can change one.
//
// audit-chain.1. An entry is kept before what it tells of is done, or nothing is done.
// audit-chain.2. A batch that may have arrived is sent again as the same request until it has: no entry twice, none left out.

import { randomBytes } from 'node:crypto';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import type { Logger } from 'pino';
import { type AuditEntry, type AuditHead, type AuditNote, entryAfter } from '../../goals/wire/audit.ts';
import { AUDIT, AUDIT_QUEUE, auditPartId, signalNames } from '../../goals/wire/names.ts';
import { protoTime } from '../../process/proto-time.ts';
import type { Temporal } from '../temporal/temporal.ts';

/** Well under the signals and the bytes that Temporal takes of one workflow. */
const PART_ENTRIES = 2_000;
const PART_MS = 24 * 3_600_000;
/** A part whose gateway died ends by itself, and is then kept as long as Temporal keeps what has ended. */
const PART_ENDS_MS = 2 * PART_MS;
const BATCH = 100;
/** Entries that wait for Temporal. */
const WAITING = 1_000;
const AGAIN_MS = 500;

interface Waiting {
  note: AuditNote;
  kept(entry: AuditEntry): void;
}

export interface AuditChain {
  /** Resolves with the entry once Temporal has it; null where too many wait already. */
  append(note: AuditNote): Promise<AuditEntry> | null;
  /** Waits for what is under way, for so long. */
  stop(ms: number): Promise<void>;
}

export interface ChainOptions {
  temporal: Temporal;
  log: Logger;
  /** The heads of all chains that are there: read when a part begins. */
  heads(): Promise<AuditHead[]>;
  now?: () => Date;
  /** Entries of a part. Default: 2,000. */
  partEntries?: number;
}

export function auditChain({
  temporal,
  log,
  heads,
  now = () => new Date(),
  partEntries = PART_ENTRIES,
}: ChainOptions): AuditChain {
  const chain = `${now().toISOString().replace(/\D/g, '').slice(0, 14)}-${randomBytes(4).toString('hex')}`;
  const waiting: Waiting[] = [];
  let head: AuditHead | null = null;
  let part = { n: 0, entries: Number.POSITIVE_INFINITY, begun: 0 };
  let writing: Promise<void> | null = null;
  let isStopped = false;

  return {
    append(note) {
      if (waiting.length >= WAITING) return null;
      const kept = new Promise<AuditEntry>((resolve) => waiting.push({ note, kept: resolve }));
      begin();
      return kept;
    },
    async stop(ms) {
      const limit = new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
      const done = async (): Promise<void> => {
        while (writing !== null) await writing;
      };
      await Promise.race([done(), limit]);
      isStopped = true;
    },
  };

  function begin(): void {
    writing ??= write()
      .catch((error: unknown) => log.error({ err: error }, 'the audit was not written to its end'))
      .finally(() => {
        writing = null;
        // It may have come when the last batch was on its way out.
        if (waiting.length > 0 && !isStopped) begin();
      });
  }

  async function write(): Promise<void> {
    // What is asked for in one moment travels together.
    await new Promise(setImmediate);
    while (waiting.length > 0 && !isStopped) {
      const isNewPart = part.entries >= partEntries || now().getTime() - part.begun >= PART_MS;
      const anchor = isNewPart ? [await anchorNote()] : [];
      const taken = waiting.splice(0, BATCH);
      const before = head;
      const entries: AuditEntry[] = [];
      for (const note of [...anchor, ...taken.map((one) => one.note)]) {
        const entry = entryAfter(chain, head, note);
        head = { chain, seq: entry.seq, hash: entry.hash };
        entries.push(entry);
      }
      if (isNewPart) await endPart();
      if (isNewPart) part = { n: part.n + 1, entries: 0, begun: now().getTime() };
      await send(entries, before);
      part.entries += entries.length;
      taken.forEach(({ kept }, i) => {
        kept(entries[i + anchor.length] as AuditEntry);
      });
    }
  }

  async function anchorNote(): Promise<AuditNote> {
    const seen = await again(heads);
    const others = seen.filter((one) => one.chain !== chain);
    return {
      ...{ at: now().toISOString(), who: null, route: null, params: {}, goal: null, team: null },
      what: { kind: 'anchor', heads: others },
    };
  }

  /** audit-chain.2: the request has the same ID each time. */
  async function send(entries: readonly AuditEntry[], before: AuditHead | null): Promise<void> {
    const payload = defaultPayloadConverter.toPayload(entries) as Payload;
    await again(() =>
      temporal.call((service) =>
        service.signalWithStartWorkflowExecution({
          namespace: temporal.namespace,
          workflowId: auditPartId(chain, part.n),
          workflowType: { name: AUDIT },
          taskQueue: { name: AUDIT_QUEUE },
          identity: temporal.client.options.identity,
          requestId: `${chain}-${before?.seq ?? 0}`,
          workflowExecutionTimeout: protoTime(PART_ENDS_MS),
          signalName: signalNames.audit,
          signalInput: { payloads: [payload] },
        }),
      ),
    );
  }

  /** The part before is complete: the next entry says so by going on from it. */
  async function endPart(): Promise<void> {
    if (part.n === 0) return;
    const handle = temporal.client.workflow.getHandle(auditPartId(chain, part.n));
    await temporal
      .call(() => handle.terminate('the chain goes on in its next part'))
      .catch((error: unknown) => {
        // It ends by itself in any case.
        log.warn({ err: error, part: part.n }, 'a part of the audit could not be ended');
      });
  }

  async function again<T>(make: () => Promise<T>): Promise<T> {
    for (let isFirst = true; ; isFirst = false) {
      try {
        return await make();
      } catch (error) {
        if (isStopped) throw error;
        if (isFirst) log.warn({ err: error }, 'the audit waits for Temporal');
        await new Promise((resolve) => setTimeout(resolve, AGAIN_MS).unref());
      }
    }
  }
}
