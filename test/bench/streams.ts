// Streams: how late they say a thing, what they ask of Temporal, and what is left of a gateway after 10,000 of them. The gateway is
// in this process, so that its timers, sockets and memory can be counted.

import { once } from 'node:events';
import { type ClientRequest, get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { startGateway } from '../../gateway/server.ts';
import { temporalAt } from '../../gateway/temporal/temporal.ts';
import type { Run } from '../../goals/wire/run-view.ts';
import { begin } from './begin.ts';
import type { Stage } from './stage.ts';
import type { Result, Work } from './work.ts';

const CONNECTS = 10_000;
const AT_ONCE = 50;
const WATCHERS = 200;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Opened {
  request: ClientRequest;
  /** Resolves with what comes next; empty when it has ended. */
  next(): Promise<string>;
}

/** A connection of its own; nothing of it is shared with another. */
async function opened(url: string, method = 'GET'): Promise<Opened> {
  const request = get(url, { agent: false, method });
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage];
  response.setEncoding('utf8').on('error', () => undefined);
  const parts = response[Symbol.asyncIterator]();
  return {
    request,
    next: () =>
      parts.next().then(
        ({ value }) => String(value ?? ''),
        () => '',
      ),
  };
}

/** Reads until the view is as it should be; the time of this machine then. */
async function viewAt({ next }: Opened, isIt: (run: Run) => boolean): Promise<[number, Run]> {
  for (let text = ''; ; ) {
    const part = await next();
    const at = Date.now();
    if (part === '') throw new Error('the stream has ended');
    text += part;
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const [, data] = /^event: view\n(?:.*\n)*data: (.*)$/m.exec(block) ?? [];
      const run = data === undefined ? null : (JSON.parse(data) as Run);
      if (run !== null && isIt(run)) return [at, run];
    }
  }
}

const result = (variant: string, value: number, unit: string, most?: number): Result => ({
  ...{ work: 'streams', variant, value, unit, ratio: null, against: '' },
  wanted: most === undefined ? {} : { most },
});

/** What this process holds, once nobody asks it for anything. */
async function held(): Promise<{ megabytes: number; sockets: number; timers: number }> {
  for (let i = 0; i < 5; i++) {
    await pause(200);
    collect();
  }
  const of = process.getActiveResourcesInfo();
  const count = (name: string): number => of.filter((one) => one === name).length;
  const { heapUsed, external } = process.memoryUsage();
  return {
    megabytes: (heapUsed + external) / 2 ** 20,
    sockets: count('TCPSocketWrap'),
    timers: count('Timeout'),
  };
}

export const streams: Work = async (stage) => {
  let calls = 0;
  const real = temporalAt(stage.address, 'default');
  const temporal = {
    ...real,
    call: ((make, ms) => {
      calls++;
      return real.call(make, ms);
    }) as typeof real.call,
  };
  const gateway = await startGateway({
    ...{ host: '127.0.0.1', port: 0, temporal, log: pino({ level: 'error' }) },
    streams: { mostOfAddress: WATCHERS },
  });
  const streamOf = (id: string): string => `${gateway.url}/runs/${encodeURIComponent(id)}/events`;
  try {
    return [
      ...(await latencies(stage, gateway.url, streamOf)),
      ...(await costs(stage, gateway.url, streamOf, () => calls)),
      ...(await leftovers(stage, gateway.url, streamOf, () => calls)),
    ];
  } finally {
    await gateway.stop();
    await temporal.close();
  }
};

async function latencies(stage: Stage, url: string, streamOf: (id: string) => string): Promise<Result[]> {
  const measured = async (): Promise<{ retry: number; outcome: number }> => {
    const { workflowId: id } = await begin(stage, 'bench-retried-later');
    const stream = await opened(streamOf(id));
    const [seen] = await viewAt(stream, ({ errors }) => errors.pending > 0);
    const { items } = (await (await fetch(`${url}/runs/${id}/errors`)).json()) as {
      items: { at: string; ms: number }[];
    };
    const [failed] = items;
    const [ended, { closedAt }] = await viewAt(stream, ({ state }) => state === 'closed');
    stream.request.destroy();
    return {
      retry: seen - Date.parse(failed?.at ?? '') - (failed?.ms ?? 0),
      outcome: ended - Date.parse(closedAt ?? ''),
    };
  };
  const all: Awaited<ReturnType<typeof measured>>[] = [];
  // Not all at the same beat.
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      pause(i * 173)
        .then(measured)
        .then((one) => all.push(one)),
    ),
  );
  return [
    result('an outcome, at the latest', Math.max(...all.map(({ outcome }) => outcome)), 'ms', 1_000),
    result('a retry, at the latest', Math.max(...all.map(({ retry }) => retry)), 'ms', 3_000),
  ];
}

/** Calls of Temporal a second, for a run under way whose attempt is pending. */
async function costs(
  stage: Stage,
  url: string,
  streamOf: (id: string) => string,
  calls: () => number,
): Promise<Result[]> {
  const perSecond = async (urls: readonly string[]): Promise<number> => {
    const streams = await Promise.all(urls.map((one) => opened(one)));
    await Promise.all(streams.map(({ next }) => next()));
    await pause(3_000);
    const [before, began] = [calls(), performance.now()];
    await pause(6_000);
    const found = (calls() - before) / ((performance.now() - began) / 1_000);
    for (const { request } of streams) request.destroy();
    return found;
  };
  const handles = await Promise.all(Array.from({ length: WATCHERS }, () => begin(stage, 'bench-hanging')));
  const ids = handles.map(({ workflowId }) => workflowId);
  const one = await perSecond([streamOf(ids[0] ?? '')]);
  const many = await perSecond(ids.map(() => streamOf(ids[0] ?? '')));
  const runs = await perSecond(ids.map(streamOf));
  const lists = await perSecond(ids.map(() => `${url}/runs/events?goal=bench-hanging`));
  await Promise.all(handles.map((handle) => handle.terminate()));
  return [
    result('one reader of a run', one, 'calls/s'),
    result(`${WATCHERS} readers of a run`, many, 'calls/s', 5),
    result(`${WATCHERS} runs`, runs, 'calls/s', 250),
    result(`${WATCHERS} readers of a list of 50 open runs`, lists, 'calls/s', 20),
  ];
}

/** What 9,000 further streams leave behind, whichever way each ended. */
async function leftovers(
  stage: Stage,
  url: string,
  streamOf: (id: string) => string,
  calls: () => number,
): Promise<Result[]> {
  const open = (await begin(stage, 'bench-hanging')).workflowId;
  const closed = await begin(stage, 'bench-three');
  await closed.result();
  const ways: (() => Promise<void>)[] = [
    async () => {
      const { request, next } = await opened(streamOf(open));
      await next();
      request.destroy();
    },
    // Gone before the answer has begun.
    async () => {
      const request = get(streamOf(open), { agent: false });
      request.on('error', () => undefined);
      await pause(Math.random() * 10);
      request.destroy();
    },
    async () => {
      const stream = await opened(streamOf(closed.workflowId));
      while ((await stream.next()) !== '') {}
    },
    async () => {
      const { request, next } = await opened(`${url}/runs/events?goal=bench-three`);
      await next();
      request.destroy();
    },
    async () => {
      await (await opened(streamOf(open), 'HEAD')).next();
    },
    async () => {
      await (await opened(streamOf('bench-three:nobody'))).next();
    },
  ];
  let made = 0;
  const connect = async (until: number): Promise<void> => {
    const lane = async (): Promise<void> => {
      while (made < until) await ways[made++ % ways.length]?.();
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  };
  await connect(CONNECTS / 10);
  const before = await held();
  await connect(CONNECTS);
  const after = await held();
  const text = await (await fetch(`${url}/metrics`)).text();
  const gauge = (name: string): number => Number(new RegExp(`^${name} (\\d+)$`, 'm').exec(text)?.[1]);
  // Nothing goes on asking Temporal on behalf of readers that are gone.
  const asked = calls();
  await pause(3_000);
  const still = calls() - asked;
  const grown = (of: keyof typeof before): number => after[of] - before[of];
  return [
    result(
      `after ${CONNECTS}: streams, and what they follow`,
      gauge('goalkeeper_gateway_streams') + gauge('goalkeeper_gateway_streams_followed'),
      'left',
      0,
    ),
    result(`after ${CONNECTS}: calls of Temporal in 3 s`, still, 'calls', 0),
    result(`after ${CONNECTS}: sockets more than after a tenth`, grown('sockets'), 'sockets', 2),
    result(`after ${CONNECTS}: timers more than after a tenth`, grown('timers'), 'timers', 2),
    result(`after ${CONNECTS}: memory more than after a tenth`, grown('megabytes'), 'MiB', 5),
  ];
}
