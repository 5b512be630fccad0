import { z } from 'zod';
import { job } from '../../../goals/index.ts';

job({ name: 'slow', input: z.object({}), output: z.object({}), timeout: '10 sec' });
