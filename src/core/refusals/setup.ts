// Refusals of the command line, of files and of start-up.
import { rows } from './row.ts';

export const setupRows = rows({});
