import { goal } from 'goalkeeper';
import { whole } from './jobs-and-goals.ts';

goal({ ...whole, key: ['day'], pursue: async () => ({ row: 1 }) });
