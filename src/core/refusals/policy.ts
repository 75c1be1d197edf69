// Refusals of policy documents.
import { rows } from './row.ts';

export const policyRows = rows({});
