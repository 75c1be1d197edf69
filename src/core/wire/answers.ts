// Answers of the AWS Query protocol as trees, and their two forms: XML, and JSON for clients that ask for it.
import { element, escapeXml, rootElement } from './xml.ts';

/** A time in milliseconds since the epoch: XML has whole seconds of ISO 8601, JSON seconds since the epoch. */
export interface Time {
  readonly time: number;
}

/** A list: XML has each item in an element `member`. */
export interface List {
  readonly members: readonly Content[];
}

/** Figures by name: XML has each in an element `entry` with its key and its value. */
export interface Figures {
  readonly figures: Readonly<Record<string, number>>;
}

export type Content = string | number | boolean | Time | List | Figures | readonly Field[];

/** A field without a value is left out. */
export type Field = readonly [name: string, content: Content | undefined];

export interface Answer {
  /** Such as `GetCallerIdentity`. */
  readonly action: string;
  /** Undefined for an action whose answer has no result. */
  readonly result: readonly Field[] | undefined;
}

const isFields = (content: Content): content is readonly Field[] => Array.isArray(content);

const isoSeconds = (milliseconds: number) => `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;

function xmlContent(content: Content): string {
  if (typeof content === 'string') return escapeXml(content);
  if (typeof content !== 'object') return String(content);
  if (isFields(content)) return xmlFields(content);
  if ('figures' in content) return xmlFigures(content);
  return 'time' in content ? isoSeconds(content.time) : xmlMembers(content);
}

function xmlFields(fields: readonly Field[]): string {
  let xml = '';
  for (const [name, content] of fields) if (content !== undefined) xml += element(name, xmlContent(content));
  return xml;
}

function xmlMembers({ members }: List): string {
  let xml = '';
  for (const one of members) xml += element('member', xmlContent(one));
  return xml;
}

function xmlFigures({ figures }: Figures): string {
  const entries = Object.entries(figures).map(
    ([key, value]): Field => [
      'entry',
      [
        ['key', key],
        ['value', value],
      ],
    ],
  );
  return xmlFields(entries);
}

function jsonContent(content: Content): unknown {
  if (typeof content !== 'object') return content;
  if (isFields(content)) return jsonFields(content);
  if ('figures' in content) return content.figures;
  return 'time' in content ? Math.floor(content.time / 1000) : content.members.map(jsonContent);
}

function jsonFields(fields: readonly Field[]): unknown {
  return Object.fromEntries(
    fields.map(([name, content]) => [name, content === undefined ? undefined : jsonContent(content)]),
  );
}

function fieldsOf({ action, result }: Answer, requestId: string): readonly Field[] {
  const metadata: Field = ['ResponseMetadata', [['RequestId', requestId]]];
  return result === undefined ? [metadata] : [[`${action}Result`, result], metadata];
}

/** @param namespace the API version's own, such as `https://sts.amazonaws.com/doc/2011-06-15/` */
export function answerXml(answer: Answer, namespace: string, requestId: string): string {
  return rootElement(`${answer.action}Response`, namespace, xmlFields(fieldsOf(answer, requestId)));
}

export function answerJson(answer: Answer, requestId: string): string {
  return JSON.stringify({ [`${answer.action}Response`]: jsonFields(fieldsOf(answer, requestId)) });
}

/** A refusal as clients read it: the code decides which typed exception, and whether they try again. */
export interface ErrorAnswer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

function errorFields({ status, code, message }: ErrorAnswer): readonly Field[] {
  return [
    ['Type', status >= 500 ? 'Receiver' : 'Sender'],
    ['Code', code],
    ['Message', message],
  ];
}

export function errorXml(error: ErrorAnswer, namespace: string, requestId: string): string {
  const fields: readonly Field[] = [
    ['Error', errorFields(error)],
    ['RequestId', requestId],
  ];
  return rootElement('ErrorResponse', namespace, xmlFields(fields));
}

export function errorJson(error: ErrorAnswer, requestId: string): string {
  return JSON.stringify({ Error: jsonFields(errorFields(error)), RequestId: requestId });
}
