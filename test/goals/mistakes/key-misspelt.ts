import { goal } from 'goalkeeper';
import { whole } from './jobs-and-goals.ts';

goal({ ...whole, key: ['dya'], pursue: async () => ({ rows: 1 }) });
