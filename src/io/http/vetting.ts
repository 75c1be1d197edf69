// What no request may be, whichever feature it is for: judged on the message's head alone, before its body is read.
// Node's parser has already refused Content-Length beside Transfer-Encoding, folded headers and bare line feeds.
import type { IncomingMessage } from 'node:http';
import { type Refusal, refuse } from '../../core/refusals/index.ts';

type Rule = (message: IncomingMessage) => Refusal | undefined;

/** TRACE echoes credentials (RFC 9110, section 9.3.8); CONNECT never gets here, since its target is an authority. */
function refuseTrace({ method }: IncomingMessage): Refusal | undefined {
  return method === 'TRACE' || method === 'CONNECT' ? refuse('http-method-refused', { method }) : undefined;
}

/** A server may ignore Upgrade (RFC 9110, section 7.8), but what stands before it may not: they must not disagree. */
function refuseUpgrade({ headers }: IncomingMessage): Refusal | undefined {
  return headers.upgrade === undefined ? undefined : refuse('http-upgrade-refused', {});
}

/** Origin-form alone (RFC 9112, section 3.2.1): `*` and `http://host/…` name resources that no feature knows. */
function refuseOtherForms({ url = '' }: IncomingMessage): Refusal | undefined {
  return url.startsWith('/') ? undefined : refuse('http-target-ambiguous', { problem: 'does not begin with a slash' });
}

/** Some servers end the path at `#`, or take `\` for a slash: such a target could be judged as one path and served as another. */
function refuseAmbiguousSigns({ url = '' }: IncomingMessage): Refusal | undefined {
  for (let i = 0; i < url.length; i++) {
    const sign = url.charCodeAt(i);
    if (sign <= 0x20 || sign >= 0x7f) {
      return refuse('http-target-ambiguous', { problem: 'has a control character, a space or a byte outside ASCII' });
    }
    if (sign === 0x23 || sign === 0x5c) {
      return refuse('http-target-ambiguous', { problem: `has a ${String.fromCharCode(sign)}` });
    }
  }
  return undefined;
}

/** Where they repeat, Node takes the first and others the last (RFC 9112, section 3.2, asks for 400 on Host). */
const singular = ['host', 'authorization'] as const;

function refuseRepeatedHeaders({ rawHeaders }: IncomingMessage): Refusal | undefined {
  for (const name of singular) {
    if (timesSent(rawHeaders, name) > 1) return refuse('http-header-repeated', { name });
  }
  return undefined;
}

function timesSent(rawHeaders: readonly string[], name: string): number {
  let times = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const candidate = rawHeaders[i];
    if (candidate?.length === name.length && candidate.toLowerCase() === name) times++;
  }
  return times;
}

/** RFC 9112, section 3.2; HTTP/1.0, which nginx speaks to its upstreams, has no Host. */
function refuseMissingHost({ headers, httpVersionMinor }: IncomingMessage): Refusal | undefined {
  return headers.host === undefined && httpVersionMinor >= 1
    ? refuse('http-malformed', { problem: 'the header Host is missing' })
    : undefined;
}

/** Any other coding would have to be taken off before the body is what was signed (RFC 9112, section 6.1). */
function refuseOtherCodings({ headers }: IncomingMessage): Refusal | undefined {
  const coding = headers['transfer-encoding'];
  return coding === undefined || coding.trim().toLowerCase() === 'chunked'
    ? undefined
    : refuse('http-coding-unknown', { coding });
}

/** RFC 9110, section 10.1.1: the one expectation that there is. */
function refuseOtherExpectations({ headers }: IncomingMessage): Refusal | undefined {
  const { expect } = headers;
  return expect === undefined || expect.trim().toLowerCase() === '100-continue'
    ? undefined
    : refuse('http-expectation-unknown', { expectation: expect });
}

const rules: readonly Rule[] = [
  refuseTrace,
  refuseUpgrade,
  refuseOtherForms,
  refuseAmbiguousSigns,
  refuseRepeatedHeaders,
  refuseMissingHost,
  refuseOtherCodings,
  refuseOtherExpectations,
];

/** The first rule's refusal that the message's head earns. */
export function vetHead(message: IncomingMessage): Refusal | undefined {
  for (const rule of rules) {
    const refusal = rule(message);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}
