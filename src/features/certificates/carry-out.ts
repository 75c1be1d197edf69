// One planned step as the state that comes of it: here certificates are made.
import {
  type Authority,
  type CertificateState,
  type Leaf,
  readCertificates,
  type ServerNames,
  type Step,
  type Validity,
} from '../../core/certificates/index.ts';
import { Refusal, RefusedError } from '../../core/refusals/index.ts';
import { type CertifiedKey, issueLeaf, makeAuthority } from '../../io/tls/index.ts';

function readMade({ certificate, privateKey }: CertifiedKey) {
  const certificates = readCertificates(certificate, 'what was made just now');
  if (certificates instanceof Refusal) throw new RefusedError(certificates);
  return { certificate: certificates[0], key: privateKey };
}

async function newAuthority({ commonName }: ServerNames, validity: Validity): Promise<Required<Authority>> {
  return readMade(await makeAuthority(commonName, validity));
}

async function newLeaf(authority: Authority, names: ServerNames, validity: Validity): Promise<Leaf> {
  const { certificate, key = '' } = authority;
  const made = await issueLeaf({ certificate: certificate.pem, privateKey: key }, names, validity);
  return { ...readMade(made), chain: made.certificate, issuer: certificate.fingerprint };
}

/** @param state the one that the step was planned for */
export async function carryOut(step: Step, state: CertificateState, names: ServerNames): Promise<CertificateState> {
  const { leaf } = state;
  switch (step.kind) {
    case 'found': {
      const authority = await newAuthority(names, step.authority);
      return { authorities: [authority], leaf: await newLeaf(authority, names, step.leaf), previousUntil: undefined };
    }
    case 'prepare':
      return { authorities: [await newAuthority(names, step.authority)], leaf, previousUntil: undefined };
    case 'begin':
      return {
        authorities: [step.signer, await newAuthority(names, step.authority)],
        leaf,
        previousUntil: undefined,
      };
    case 'move':
      return {
        authorities: [step.to, { ...step.from, key: undefined }],
        leaf: await newLeaf(step.to, names, step.leaf),
        previousUntil: step.previousUntil,
      };
    case 'issue':
      return { ...state, leaf: await newLeaf(step.signer, names, step.leaf) };
    case 'drop':
      return { authorities: [step.signer], leaf, previousUntil: undefined };
    default:
      return state;
  }
}

const sentences: Readonly<Record<Step['kind'], string>> = {
  found: 'made a certificate authority and a serving certificate',
  prepare: 'made a certificate authority, to be trusted beside the one that others keep',
  begin: 'made the next certificate authority, trusted beside the present one',
  move: 'the next certificate authority signs from now on',
  issue: 'issued a new serving certificate',
  drop: 'the previous certificate authority is trusted no more',
};

/** What a step was, for the log. */
export function sentenceOf(step: Step): string {
  return sentences[step.kind];
}
