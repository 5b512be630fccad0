import { event, goal, job } from 'goalkeeper';
import { z } from 'zod';

const file = z.object({ file: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) });

export const loadFile = job({
  name: 'load-file',
  input: file,
  output: z.object({ rows: z.int() }),
  timeout: '1m',
  retry: { attempts: 5, delay: '200ms' },
});

/** A file is what its name and content say it is: put there twice, it is the same. */
export const fileLoaded = goal({
  name: 'file-loaded',
  outcome: 'The file that landed is loaded, and it has rows',
  owner: 'ada',
  team: 'partners',
  input: file,
  output: loadFile.output,
  key: ['file', 'sha256'],
  deadline: '10m',
  jobs: [loadFile],
  on: [
    event('file.landed', {
      where: { 'data.kind': 'csv' },
      input: { file: 'data.file', sha256: 'data.sha256' },
    }),
  ],
  criteria: { 'it has rows': ({ rows }) => rows > 0 || 'there is a header, or nothing' },
  async pursue(landed, { run }) {
    return run(loadFile, landed);
  },
});

export default [fileLoaded];
