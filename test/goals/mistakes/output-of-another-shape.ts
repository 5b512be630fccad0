import { goal } from '../../../goals/index.ts';
import { whole } from './jobs-and-goals.ts';

goal({ ...whole, key: ['day'], pursue: async () => ({ row: 1 }) });
