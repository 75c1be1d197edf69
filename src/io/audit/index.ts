export { type LineFile, openLineFile } from './line-file.ts';
