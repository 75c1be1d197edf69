// Refusals of injection and of the admission webhook.
import { rows } from './row.ts';

export const admissionRows = rows({});
