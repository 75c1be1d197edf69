export { systemProblem } from './system.ts';
