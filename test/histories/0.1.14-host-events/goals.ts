export { default, jot, note, recorded } from '../0.1.12-light/goals.ts';
