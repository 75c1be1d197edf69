export { makeFolder, readBytes, readStandardInput, readText, writeWhole } from './files.ts';
export { type NamedText, readManifests } from './manifests.ts';
