export { type Child, type ChildOptions, startChild } from './child.ts';
export { measureLag } from './lag.ts';
