// Answers of the AWS Query protocol as trees, and their two forms: XML, and JSON for clients that ask for it.
import { renderXml, type XmlElement } from './xml.ts';

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

function xmlContent(content: Content): string | number | readonly XmlElement[] {
  if (typeof content === 'string' || typeof content === 'number') return content;
  if (typeof content === 'boolean') return String(content);
  if (isFields(content)) return content.map(xmlField);
  if ('figures' in content) return Object.entries(content.figures).map(xmlEntry);
  return 'time' in content ? isoSeconds(content.time) : content.members.map((one) => ['member', xmlContent(one)]);
}

const xmlEntry = ([key, value]: readonly [string, number]): XmlElement => [
  'entry',
  [
    ['key', key],
    ['value', value],
  ],
];

const xmlField = ([name, content]: Field): XmlElement => [
  name,
  content === undefined ? undefined : xmlContent(content),
];

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
  return renderXml(`${answer.action}Response`, namespace, fieldsOf(answer, requestId).map(xmlField));
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
  return renderXml('ErrorResponse', namespace, fields.map(xmlField));
}

export function errorJson(error: ErrorAnswer, requestId: string): string {
  return JSON.stringify({ Error: jsonFields(errorFields(error)), RequestId: requestId });
}
