export { default } from '../metrics/goals.ts';
