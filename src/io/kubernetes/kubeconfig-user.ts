// The user of a kubeconfig's context: client certificate, token, or a plugin that gives them.

import { dirname, isAbsolute, resolve, sep } from 'node:path';
import { always, type CredentialSources, type Source } from './connection.ts';
import { createPlugin, type PluginCall, type PluginTiming } from './exec-plugin.ts';
import { isObject, type JsonObject } from './json.ts';
import { fileOf } from './kubeconfig-cluster.ts';
import {
  dataAt,
  type Entry,
  malformed,
  optionalFlag,
  optionalList,
  optionalText,
  pathAt,
  placeOf,
  unsupported,
} from './kubeconfig-entries.ts';
import { belongTogether, certificateProblem, keyProblem, tokenProblem, type Vetting } from './material.ts';
import { type FileTiming, openWatchedFile } from './watched-file.ts';

export type UserEntry = Pick<CredentialSources, 'cert' | 'key' | 'token' | 'plugin'>;

export interface UserSurroundings {
  readonly timing: FileTiming & PluginTiming;
  /** What a plugin inherits. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly cluster: JsonObject;
}

/** What would act as someone else than the kubeconfig means, were it passed over. */
const notTaken = [
  ['username', 'is basic authentication, which Kubernetes removed in 1.19', 'Use a token or a client certificate'],
  ['password', 'is basic authentication, which Kubernetes removed in 1.19', 'Use a token or a client certificate'],
  ['auth-provider', 'is a provider that kubectl removed in 1.26', 'Use the exec plugin that replaces it'],
  ['as', 'impersonates another user', 'Give a user that has the rights itself'],
  ['as-uid', 'impersonates another user', 'Give a user that has the rights itself'],
  ['as-groups', 'impersonates groups', 'Give a user that has the rights itself'],
  ['as-user-extra', 'impersonates another user', 'Give a user that has the rights itself'],
] as const;

/** @throws RefusedError */
export async function readUser(entry: Entry, surroundings: UserSurroundings): Promise<UserEntry> {
  for (const [member, problem, solution] of notTaken) {
    const value = entry.value[member];
    const isGiven = value !== undefined && value !== null && value !== '';
    if (isGiven) throw unsupported(placeOf(entry, member), problem, solution);
  }
  const { timing } = surroundings;
  const cert = await material(entry, 'client-certificate', certificateProblem, timing);
  const key = await material(entry, 'client-key', keyProblem, timing);
  await refuseUnpaired(entry, cert, key);
  const token = await tokenOf(entry, timing);
  const plugin = token === undefined ? pluginOf(entry, surroundings) : undefined;
  const absent = always(undefined);
  return { cert: cert ?? absent, key: key ?? absent, token: token ?? absent, plugin };
}

/** 1. `MEMBER-data`; 2. the file that `MEMBER` names. */
async function material(entry: Entry, member: string, vet: Vetting, timing: FileTiming): Promise<Source | undefined> {
  const data = dataAt(entry, `${member}-data`);
  if (data !== undefined) {
    const problem = vet(data);
    if (problem !== undefined) throw malformed(placeOf(entry, `${member}-data`), problem);
    return always(data);
  }
  const path = pathAt(entry, member);
  if (path === undefined) return undefined;
  const place = placeOf(entry, member);
  return fileOf(place, () => openWatchedFile(path, place.field, vet, timing));
}

async function refuseUnpaired(entry: Entry, cert: Source | undefined, key: Source | undefined): Promise<void> {
  if (cert === undefined && key === undefined) return;
  if (key === undefined) throw malformed(placeOf(entry, 'client-key'), 'is missing beside the client certificate');
  if (cert === undefined) throw malformed(placeOf(entry, 'client-certificate'), 'is missing beside the client key');
  const [certificate, privateKey] = [await cert('kept'), await key('kept')];
  if (certificate !== undefined && privateKey !== undefined && !belongTogether(certificate, privateKey)) {
    throw malformed(placeOf(entry, 'client-key'), 'is not the key of the client certificate');
  }
}

/** 1. the file `tokenFile`, read again while it is used; 2. `token`. */
async function tokenOf(entry: Entry, timing: FileTiming): Promise<Source | undefined> {
  const path = pathAt(entry, 'tokenFile');
  if (path !== undefined) {
    const place = placeOf(entry, 'tokenFile');
    return fileOf(place, () => openWatchedFile(path, place.field, tokenProblem, timing));
  }
  const token = optionalText(entry, 'token')?.trim();
  if (token === undefined) return undefined;
  const problem = tokenProblem(token);
  if (problem !== undefined) throw malformed(placeOf(entry, 'token'), problem);
  return always(token);
}

const apiVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

function pluginOf(entry: Entry, { timing, environment, cluster }: UserSurroundings): UserEntry['plugin'] {
  const value = entry.value['exec'];
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw malformed(placeOf(entry, 'exec'), 'is no mapping');
  const exec: Entry = { ...placeOf(entry, 'exec'), value };
  const apiVersion = optionalText(exec, 'apiVersion');
  if (apiVersion === undefined || !apiVersions.includes(apiVersion)) {
    throw unsupported(placeOf(exec, 'apiVersion'), `is not ${apiVersions.join(' or ')}`, 'Update the plugin');
  }
  if (optionalText(exec, 'interactiveMode') === 'Always') {
    const solution = 'Use a plugin that works without a terminal';
    throw unsupported(placeOf(exec, 'interactiveMode'), 'is Always, and nobody is asked here', solution);
  }
  const call: PluginCall = {
    file: exec.file,
    field: exec.field,
    command: commandOf(exec),
    args: optionalList(exec, 'args').map((arg, index) => textItem(exec, `args[${index}]`, arg)),
    environment: { ...definedOf(environment), ...additions(exec) },
    apiVersion,
    cluster: optionalFlag(exec, 'provideClusterInfo') ? cluster : undefined,
  };
  return createPlugin(call, timing);
}

/** A bare name is looked for along PATH; a relative path is relative to the kubeconfig. */
function commandOf(exec: Entry): string {
  const command = optionalText(exec, 'command');
  if (command === undefined) throw malformed(placeOf(exec, 'command'), 'is missing');
  const isPath = command.includes('/') || command.includes(sep);
  return isPath && !isAbsolute(command) ? resolve(dirname(exec.file), command) : command;
}

function textItem(exec: Entry, member: string, value: unknown): string {
  if (typeof value !== 'string') throw malformed(placeOf(exec, member), 'is no text');
  return value;
}

function additions(exec: Entry): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [index, item] of optionalList(exec, 'env').entries()) {
    const field = `env[${index}]`;
    if (!isObject(item)) throw malformed(placeOf(exec, field), 'is no mapping');
    const name = textItem(exec, `${field}.name`, item['name']);
    variables[name] = textItem(exec, `${field}.value`, item['value'] ?? '');
  }
  return variables;
}

function definedOf(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) if (value !== undefined) variables[name] = value;
  return variables;
}
