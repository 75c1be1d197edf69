// Refusals of service-account tokens (TOKEN #1).
import { rows } from './row.ts';

export const tokenRows = rows({});
