// What the provider called and was answered, as it is kept for the test that plays it again: without what differs from
// one run to the next, and without what it asked again and was answered as before.
import { z } from 'zod';
import type { Called } from './recorder.ts';

const recordingShape = z.array(z.object({ call: z.string(), status: z.number(), answer: z.string() }));
export type Recording = z.infer<typeof recordingShape>;

const recordingsShape = z.object({ account: recordingShape, versions: recordingShape }).partial();
export type RecordingName = keyof z.infer<typeof recordingsShape>;

export const recordingFile = new URL('terraform-calls.case.json', import.meta.url);

export const parseRecordings = (text: string) => recordingsShape.parse(JSON.parse(text));

const placeholder = '999999999999';

/** Accounts, ids and times are of one run. */
export const steadied = (text: string, accountId: string) =>
  text
    .replaceAll(accountId, placeholder)
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replaceAll(/<RequestId>[^<]+</g, '<RequestId>ID<')
    .replaceAll(/<(RoleId|PolicyId)>[A-Z0-9]+</g, '<$1>ID<');

/** The call as it would be made in another account. */
export const callIn = (accountId: string, call: string) => call.replaceAll(placeholder, accountId);

const isIam = ({ form }: Called) => form.includes('Version=2010-05-08');

const isReading = (call: string) => /^Action=(?:Get|List|Simulate)/.test(call);

export function recordingOf(calls: readonly Called[], accountId: string): Recording {
  const recording: Recording[number][] = [];
  const last = new Map<string, string>();
  for (const { form, status, answer } of calls.filter(isIam)) {
    const one = { call: steadied(form, accountId), status, answer: steadied(answer, accountId) };
    if (isReading(one.call) && last.get(one.call) === one.answer) continue;
    last.set(one.call, one.answer);
    recording.push(one);
  }
  return recording;
}

/** Which calls there are, apart from their values and their order: each is a line. */
export function kindsOf(recording: Recording): readonly string[] {
  const kinds = recording.map(({ call, status }) => {
    const form = new URLSearchParams(call);
    const names = Array.from(form.keys(), (name) => name.replaceAll(/\d+/g, 'N'));
    const parameters = [...new Set(names)].filter((name) => name !== 'Action' && name !== 'Version').sort();
    return `${form.get('Action')}(${parameters.join(', ')}): ${status}`;
  });
  return [...new Set(kinds)].sort();
}
