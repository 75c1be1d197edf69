// The form of the AWS Query protocol: `Action=…&Version=…&Parameter=…`, percent-encoded (WHATWG URL, section 5.1).
import { type Refusal, refuse } from '../refusals/index.ts';

export type QueryParameters = ReadonlyMap<string, string>;

/** A call of the STS has a few dozen. */
const fewParameters = 200;

const plus = 0x2b;
const space = 0x20;

/** Byte for byte: of a megabyte of `+`, replacing in a text takes a tenth of a second and more. */
function spaced(part: string): string {
  if (!part.includes('+')) return part;
  const bytes = Buffer.from(part);
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === plus) bytes[at] = space;
  return bytes.toString();
}

function decode(part: string): string | undefined {
  // Tokens, the longest values by far, have nothing to decode.
  if (!part.includes('%') && !part.includes('+')) return part;
  try {
    return decodeURIComponent(spaced(part));
  } catch {
    return undefined;
  }
}

/**
 * Reads a form. Clients of this protocol never repeat a parameter; one that stands twice, even in another case, is
 * refused, since whoever looked at the request before may have read the other one.
 * @param mostParameters more are refused before they are read
 */
export function parseQueryForm(form: string, mostParameters = fewParameters): QueryParameters | Refusal {
  const parameters = new Map<string, string>();
  const seen = new Set<string>();
  const pairs = form.split('&', mostParameters + 1).filter((pair) => pair !== '');
  if (pairs.length > mostParameters) return refuse('query-too-many-parameters', { limit: mostParameters });
  for (const pair of pairs) {
    const equals = pair.indexOf('=');
    const name = decode(equals < 0 ? pair : pair.slice(0, equals));
    const value = decode(equals < 0 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined) return refuse('query-not-decodable', {});
    const folded = name.toLowerCase();
    if (seen.has(folded)) return refuse('query-parameter-repeated', { name });
    seen.add(folded);
    parameters.set(name, value);
  }
  return parameters;
}
