import { declared } from '../declared.ts';

export default declared('renaming-orders', ['renaming-daily']);
