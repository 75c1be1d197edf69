// From a policy's text to a policy that can be evaluated, in two ways: strictly when it is written, and so that what a
// newer version has stored is still obeyed as far as it is understood.
import { Refusal, refuse } from '../refusals/index.ts';
import { parseStrictJson } from '../wire/index.ts';
import { compileDocument, type Policy } from './compile.ts';
import { longestDocument, type PolicyKind } from './document.ts';
import { readDocument } from './read.ts';

/**
 * A stored policy. An element, an operator or a value that this version does not know makes its statement doubtful: as
 * an Allow it does not match, as a Deny it does. Whoever gets a refusal has to refuse: it is not "no policy".
 */
export function readStoredPolicy(text: string, kind: PolicyKind): Policy | Refusal {
  const limit = longestDocument[kind];
  if (text.length > limit) return refuse('policy-too-large', { kind, size: text.length, limit });
  const json = parseStrictJson(text);
  if ('problem' in json) return refuse('policy-not-json', { kind, problem: json.problem });
  const document = readDocument(json.value, kind);
  return document instanceof Refusal ? document : compileDocument(document);
}

/**
 * A policy as someone writes it: whatever is not understood is refused, with its path in the document.
 * @param text the JSON of the document, at most 20,480 characters
 */
export function parsePolicy(text: string, kind: PolicyKind): Policy | Refusal {
  const policy = readStoredPolicy(text, kind);
  if (policy instanceof Refusal) return policy;
  return policy.doubts[0] ?? policy;
}
