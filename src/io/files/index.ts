export { makeFolder, readBytes, readStreamedText, readText, writeWhole } from './files.ts';
export { type NamedText, readManifests } from './manifests.ts';
