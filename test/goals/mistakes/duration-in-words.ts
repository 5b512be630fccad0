import { job } from 'goalkeeper';
import { z } from 'zod';

job({ name: 'slow', input: z.object({}), output: z.object({}), timeout: '10 sec' });
