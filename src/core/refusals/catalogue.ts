// Every no that Podiam says, by its stable code. `docs/refusals.md` tells the same, and a test holds the two together.
import { admissionRows } from './admission.ts';
import { clusterRows } from './cluster.ts';
import { credentialRows } from './credentials.ts';
import { gatewayRows } from './gateway.ts';
import { httpRows } from './http.ts';
import { policyRows } from './policy.ts';
import { settingsRows } from './settings.ts';
import { setupRows } from './setup.ts';
import { stsRows } from './sts.ts';
import { tokenRows } from './tokens.ts';

export const catalogue = {
  ...admissionRows,
  ...tokenRows,
  ...policyRows,
  ...credentialRows,
  ...stsRows,
  ...gatewayRows,
  ...httpRows,
  ...clusterRows,
  ...settingsRows,
  ...setupRows,
};
