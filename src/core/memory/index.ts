export { keepLast, type Memory } from './keep-last.ts';
