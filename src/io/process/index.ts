export { type Child, type ChildOptions, startChild } from './child.ts';
