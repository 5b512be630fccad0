import { goal } from '../../../goals/index.ts';
import { whole } from './jobs-and-goals.ts';

goal({ ...whole, key: ['dya'], pursue: async () => ({ rows: 1 }) });
