export { createRandomBytes } from './pool.ts';
