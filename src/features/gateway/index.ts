export { createGateway } from './gateway.ts';
export type { GatewayPorts } from './ports.ts';
