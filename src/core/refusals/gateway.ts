// Refusals of the gateway.
import { rows } from './row.ts';

export const gatewayRows = rows({});
