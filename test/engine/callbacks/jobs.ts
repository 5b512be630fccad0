import { permanent } from 'goalkeeper';
import { bind as bound, http } from 'goalkeeper/worker';
import { bind, render, renderSoon } from './goals.ts';

const allow = ['127.0.0.1'];

export const jobsAt = (url: string) => [
  bound(render, http({ url: `${url}/books/{key}`, allow, later: { within: '1h' } })),
  bound(renderSoon, http({ url: `${url}/books/{key}`, allow, later: { within: '1s' } })),
  bound(bind, () => {
    throw permanent('no glue');
  }),
];

export const jobs = jobsAt(process.env.SERVICE_URL ?? 'http://127.0.0.1:1');
