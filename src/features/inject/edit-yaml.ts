// Adds to a YAML document what a patch says.
import { parseDocument } from 'yaml';
import type { AddOperation } from '../../core/injection/index.ts';
import { insertIntoText } from './insert.ts';
import { locate } from './locate.ts';
import { readPlainYaml } from './read-plain.ts';
import { reprintYaml } from './reprint-yaml.ts';
import { asWritten } from './scalars.ts';

function editAwkward(text: string, operations: readonly AddOperation[]): string | undefined {
  const document = parseDocument(text, asWritten);
  return insertIntoText(text, locate(text, document), operations) ?? reprintYaml(text, document, operations);
}

/**
 * The document's text with the operations carried out:
 *   1. put between the characters that are there, by the places that the plain reader tells, or else the full one,
 *   2. where a place has an anchor or stands for another, printed anew.
 * @param text of one document that was read without complaint
 * @returns undefined where an operation has no place
 */
export function editYaml(text: string, operations: readonly AddOperation[]): string | undefined {
  const isWhole = text.endsWith('\n');
  const newline = text.includes('\r\n') ? '\r\n' : '\n';
  const whole = isWhole ? text : text + newline;
  const plain = readPlainYaml(whole);
  const edited = (plain && insertIntoText(whole, plain, operations)) ?? editAwkward(whole, operations);
  return edited === undefined || isWhole ? edited : edited.slice(0, -newline.length);
}
