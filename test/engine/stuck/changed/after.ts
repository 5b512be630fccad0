import { goalsWith } from '../goals.ts';

export default goalsWith(true);
