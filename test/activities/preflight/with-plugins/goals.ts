export { default } from '../harmless/goals.ts';
