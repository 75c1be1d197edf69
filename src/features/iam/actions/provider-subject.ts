// Calls about an OpenID Connect provider that is there, named by its ARN.
import { parseOidcProviderArn } from '../../../core/identity/index.ts';
import { Refusal, refuse } from '../../../core/refusals/index.ts';
import type { Issuer } from '../../../core/registry/index.ts';
import { type CallShape, iamForms, required, type Shape } from '../../../core/wire/index.ts';
import type { IssuerChange } from '../../../io/sql/index.ts';
import type { Action, Call, Change, Outcome } from '../call.ts';
import { requestTagKeys, resourceTagKeys } from './tags.ts';

interface ProviderParts {
  readonly name: string;
  readonly shapes?: readonly Shape[];
  readonly lists?: CallShape['lists'];
  /** What it tells; of an issuer that several clusters share, of the one registered first. */
  readonly read?: (call: Call, issuer: Issuer) => Outcome;
  /** What it changes: only issuers that are registered by their URL alone. */
  readonly change?: (call: Call, issuer: Issuer) => Outcome;
  /** Where there is none; `iam-provider-absent` without it. */
  readonly absent?: () => Outcome;
}

const arnName = 'OpenIDConnectProviderArn';
const arnShape = required(arnName, iamForms.arn);

/** The issuers of the ARN's URL in the caller's own account: none in any other. */
async function findIssuers({ records, accountId }: Call, arn: string): Promise<readonly Issuer[] | Refusal> {
  const named = parseOidcProviderArn(arn);
  if (named === undefined) {
    return refuse('iam-arn-malformed', {
      arn: arn.slice(0, 256),
      form: 'arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH',
    });
  }
  return named.account === accountId ? records.issuers.withUrl(named.url) : [];
}

function proceedWith(call: Call, { read, change, absent }: ProviderParts, issuers: readonly Issuer[]): Outcome {
  const arn = call.args.text(arnName);
  const byUrl = issuers.find(({ sourceId }) => sourceId === '');
  const shown = byUrl ?? issuers[0];
  if (shown === undefined) return absent?.() ?? refuse('iam-provider-absent', { arn });
  if (read !== undefined) return read(call, shown);
  if (byUrl === undefined || change === undefined) return refuse('iam-provider-of-cluster', { arn });
  return change(call, byUrl);
}

export function providerAction(parts: ProviderParts): Action {
  const { name, shapes = [], lists = [] } = parts;
  return {
    name,
    takes: { shapes: [arnShape, ...shapes], lists },
    about: async (call) => {
      const resource = call.args.text(arnName);
      const issuers = await findIssuers(call, resource);
      if (issuers instanceof Refusal) return issuers;
      const tags = issuers.find(({ sourceId }) => sourceId === '')?.tags ?? [];
      const context = new Map([...resourceTagKeys(tags), ...requestTagKeys(call.args)]);
      return { resource, context, proceed: () => proceedWith(call, parts, issuers) };
    },
  };
}

/** Changes the provider as it was read: another change in between refuses this one. */
export function updating({ records, at }: Call, { id, revision }: Issuer, change: IssuerChange): Change {
  return {
    carryOut: async () => {
      const updated = await records.issuers.update(id, change, { at, revision });
      return updated instanceof Refusal ? updated : undefined;
    },
  };
}
