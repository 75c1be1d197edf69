// Refusals of SigV4 signatures and session tokens (TOKEN #2).
import { rows } from './row.ts';

export const credentialRows = rows({});
