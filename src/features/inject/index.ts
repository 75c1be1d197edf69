export { type InjectedManifests, type InjectOptions, injectManifests } from './inject.ts';
export type { OutputFormat } from './print.ts';
export type { Input } from './read.ts';
