export { makeFolder, readBytes, readText, writeWhole } from './files.ts';
