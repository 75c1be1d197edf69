export { createAdmissionHandler, mutatePath } from './handler.ts';
export type { AdmissionPorts, AdmissionRecord, Annotated } from './ports.ts';
