// Prints documents again: what was not changed as it was, what was changed in its own format or the one asked for.
import { stringify } from 'yaml';
import { type AddOperation, applyPatch } from '../../core/injection/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { editYaml } from './edit-yaml.ts';
import type { ManifestDocument } from './read.ts';

export type OutputFormat = 'yaml' | 'json';

export interface Outcome {
  readonly document: ManifestDocument;
  /** From the document; none where it stays as it is. */
  readonly operations: readonly AddOperation[];
}

function patchedValue({ document, operations }: Outcome): unknown {
  return operations.length === 0 ? document.value : applyPatch(document.value, operations);
}

function jsonText(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

/** For readers of YAML 1.1, which Kubernetes' are: `"yes"` and `"0644"` keep their quotes. */
function yamlText(value: unknown): string {
  return stringify(value, { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false });
}

function ownText(outcome: Outcome): string | Refusal {
  const { document, operations } = outcome;
  if (operations.length === 0) return document.text;
  if (document.format === 'yaml') {
    return editYaml(document.text, operations) ?? refuse('patch-path-missing', { path: operations[0]?.path ?? '' });
  }
  const value = patchedValue(outcome);
  return value instanceof Refusal ? value : jsonText(value);
}

function convertedText(outcome: Outcome): string | Refusal {
  const value = patchedValue(outcome);
  return value instanceof Refusal ? value : yamlText(value);
}

interface Printed {
  readonly text: string;
  readonly document: ManifestDocument;
  readonly format: OutputFormat;
}

/** What stands between two documents of one stream: JSON beside JSON needs no marker, and no document two of them. */
function separator(previous: Printed | undefined, { document, format, text }: Printed): string {
  if (previous === undefined) return '';
  const newline = /\n$|^$/.test(previous.text.slice(-1)) || text.startsWith('\n') ? '' : '\n';
  const isBlank = document.value === undefined && text.trim() === '';
  const isJsonStream = format === 'json' && previous.format === 'json';
  return document.hasMarker || isJsonStream || isBlank ? newline : `${newline}---\n`;
}

function joinDocuments(outcomes: Iterable<Outcome | Refusal>, converts: boolean): string | Refusal {
  const parts: string[] = [];
  let previous: Printed | undefined;
  for (const outcome of outcomes) {
    if (outcome instanceof Refusal) return outcome;
    const { document } = outcome;
    const text = converts && document.format === 'json' ? convertedText(outcome) : ownText(outcome);
    if (text instanceof Refusal) return text;
    const printed: Printed = { text, document, format: converts ? 'yaml' : document.format };
    parts.push(separator(previous, printed), text);
    previous = printed;
  }
  return parts.join('');
}

/** One JSON value: the only document, or a `List` of all, as kubectl prints several. */
function jsonDocuments(outcomes: Iterable<Outcome | Refusal>): string | Refusal {
  const values: unknown[] = [];
  for (const outcome of outcomes) {
    if (outcome instanceof Refusal) return outcome;
    if (outcome.document.value === undefined) continue;
    const value = patchedValue(outcome);
    if (value instanceof Refusal) return value;
    values.push(value);
  }
  return jsonText(values.length === 1 ? values[0] : { apiVersion: 'v1', kind: 'List', items: values });
}

/**
 * The documents in order, or the first refusal among them.
 * @param format undefined for each document in its own
 */
export function printDocuments(
  outcomes: Iterable<Outcome | Refusal>,
  format: OutputFormat | undefined,
): string | Refusal {
  return format === 'json' ? jsonDocuments(outcomes) : joinDocuments(outcomes, format === 'yaml');
}
