export { createStsHandler } from './handler.ts';
export type { StsPorts } from './ports.ts';
