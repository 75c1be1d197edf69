export { type Asked, ask, type Place, type Told } from './client.ts';
export { createForwarder, type Forwarder, type ForwarderOptions, type Upstream } from './forwarder.ts';
export type { HeaderChanges } from './headers.ts';
export type {
  CloseOptions,
  RequestHead,
  RunningServer,
  ServeLimits,
  ServeOptions,
  ServeTimeouts,
  TlsMaterial,
} from './options.ts';
export { serve } from './server.ts';
