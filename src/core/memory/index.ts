export { keepLast } from './keep-last.ts';
