// The direct exchange of `/v2/oidc/token`: the STS's own exchange, asked within the process, and its session as a Bearer
// string. Whoever shows the string signs nothing, so the secret key goes no farther than this.
import { z } from 'zod';
import { type Keyring, openSession, sealBearer } from '../../core/credentials/index.ts';
import { parseRoleArn, roleArn } from '../../core/identity/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { type HttpHandler, type HttpRequest, type HttpResponse, jsonResponse } from '../../core/wire/index.ts';
import type { BearerSession, TokenExchange } from '../../features/administration/index.ts';

interface BearerPorts {
  /** An STS whose sessions go on record as Bearer sessions. */
  readonly sts: HttpHandler;
  readonly keyring: () => Keyring;
  readonly randomBytes: (count: number) => Uint8Array;
}

const granted = z.object({
  AssumeRoleWithWebIdentityResponse: z.object({
    AssumeRoleWithWebIdentityResult: z.object({
      Credentials: z.object({ AccessKeyId: z.string(), SessionToken: z.string() }),
    }),
  }),
});
const refused = z.object({ Error: z.object({ Code: z.string(), Message: z.string() }), RequestId: z.string() });

function asked({ request, role, sessionName, token }: TokenExchange): HttpRequest {
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: sessionName,
    WebIdentityToken: token,
    DurationSeconds: '3600',
  });
  return {
    method: 'POST',
    target: '/',
    path: '/',
    query: '',
    rawHeaders: ['Accept', 'application/json'],
    body: Buffer.from(form.toString()),
    peer: request.peer,
  };
}

/** The STS's refusal in the form of `/v2`. */
function refusalOf(status: number, body: unknown): HttpResponse | Refusal {
  const error = refused.safeParse(body);
  if (!error.success) return refuse('administration-unavailable', {}, `the STS answered ${status}`);
  const {
    Error: { Code: code, Message: message },
    RequestId: requestId,
  } = error.data;
  return jsonResponse(status, { code, message, requestId }, { 'x-request-id': requestId, 'cache-control': 'no-store' });
}

export function createBearerExchange({ sts, keyring, randomBytes }: BearerPorts) {
  return async (call: TokenExchange): Promise<BearerSession | Refusal | HttpResponse> => {
    const response = await sts(asked(call));
    const body: unknown = JSON.parse(Buffer.from(response.body).toString());
    const answer = granted.safeParse(body);
    if (!answer.success) return refusalOf(response.status, body);
    const { AccessKeyId: accessKeyId, SessionToken: token } =
      answer.data.AssumeRoleWithWebIdentityResponse.AssumeRoleWithWebIdentityResult.Credentials;
    const facts = openSession(token, accessKeyId, keyring());
    if (facts instanceof Refusal) return facts;
    const { partition, accountId: account, rolePath: path, roleName: name } = facts;
    return {
      bearer: sealBearer(facts, accessKeyId, keyring(), randomBytes(12)),
      accessKeyId,
      roleArn: parseRoleArn(call.role) ? call.role : roleArn({ partition, account, path, name }),
      expiresAt: facts.expiresAt,
    };
  };
}
