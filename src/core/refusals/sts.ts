// Refusals of the STS.
import { rows } from './row.ts';

export const stsRows = rows({});
