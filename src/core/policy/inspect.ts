// All that can be said of a policy document at once, each with its place in the text: for people who write one.
import { Refusal } from '../refusals/index.ts';
import { isObject, parseStrictJson } from '../wire/index.ts';
import type { PolicyKind } from './document.ts';
import type { Finding } from './finding.ts';
import { lintPermissionPolicy, lintTrustPolicy } from './lint.ts';
import { readStoredPolicy } from './parse.ts';
import { locator, type Position } from './positions.ts';

/** A finding with where it begins. */
export interface Inspected extends Finding, Position {}

/** Who is trusted stands in trust policies alone; of what cannot be read, a permission policy is as good a guess. */
export function kindOfDocument(text: string): PolicyKind {
  const json = parseStrictJson(text);
  const document = 'value' in json && isObject(json.value) ? json.value : {};
  const { Statement: written } = document;
  const statements: readonly unknown[] = Array.isArray(written) ? written : [written];
  const namesSomeone = (statement: unknown) =>
    isObject(statement) && ('Principal' in statement || 'NotPrincipal' in statement);
  return statements.some(namesSomeone) ? 'trust' : 'permission';
}

/** How `parseStrictJson` begins its problems. */
const problemShape = /^line (\d+), column (\d+): /;

/** A refusal of the document as a finding; what names no place stands at the beginning. */
function fromRefusal({ sentence, remedy, facts }: Refusal, locate: (path: string) => Position): Inspected {
  const [, line, column] = problemShape.exec(String(facts['problem'] ?? '')) ?? [];
  const path = String(facts['path'] ?? '');
  const position = line === undefined ? locate(path) : { line: Number(line), column: Number(column) };
  const plain = (text: string) => text.replace(/\.$/, '');
  return { severity: 'refuse', message: plain(sentence), remedy: plain(remedy), path, ...position };
}

/** What is refused and what is warned of, in the order of the text; nothing, where all is well. */
export function inspectPolicy(text: string, kind: PolicyKind): readonly Inspected[] {
  const policy = readStoredPolicy(text, kind);
  if (policy instanceof Refusal) {
    const isJson = 'value' in parseStrictJson(text);
    const locate = isJson ? locator(text) : undefined;
    return [fromRefusal(policy, (path) => locate?.(path).start ?? { line: 1, column: 1 })];
  }
  const locate = locator(text);
  const findings = kind === 'trust' ? lintTrustPolicy(policy) : lintPermissionPolicy(policy);
  const inspected = [
    ...policy.doubts.map((doubt) => fromRefusal(doubt, (path) => locate(path).start)),
    ...findings.map((finding) => ({ ...finding, ...locate(finding.path).start })),
  ];
  return inspected.sort((one, other) => one.line - other.line || one.column - other.column);
}
