// What the platform's operator does: accounts and their keys, the keys that seal sessions, a copy of the registry.
import { newOperatorKey, rootBearer } from '../../core/credentials/index.ts';
import { Refusal, refuse } from '../../core/refusals/index.ts';
import { listAnswer, oneAnswer } from './answers.ts';
import { backupForm, newAccount, newOperatorKeyForm, pageQuery } from './forms.ts';
import { listed } from './lists.ts';
import {
  accountAnswer,
  accountJson,
  newKeyAnswer,
  rootKeyAnswer,
  rootKeyJson,
  sealingKeyAnswer,
  sealingKeyJson,
} from './operator-answers.ts';
import type { NewRootKey } from './ports.ts';
import { nothing, type Route, route } from './route.ts';

const operator = { audience: 'operator', query: nothing } as const;

const keyJson = (key: NewRootKey) => ({
  access_key_id: key.accessKeyId,
  secret_access_key: key.secretAccessKey,
  bearer: rootBearer(key),
});

const noAccount = (id: string) => refuse('registry-absent', { kind: 'The account', name: id });

const accountRoutes: readonly Route[] = [
  route({
    ...operator,
    id: 'OpenAccount',
    method: 'POST',
    path: '/v2/accounts',
    summary: 'Opens an account with a root key, whose secret is told this once.',
    body: newAccount,
    envelope: 'account',
    answer: {
      status: 201,
      description: 'The account and its key.',
      schema: oneAnswer('account', accountAnswer.extend({ root_key: newKeyAnswer })),
    },
    run: async ({ ports }, _, { name }) => {
      const opened = await ports.openAccount(name);
      if (opened instanceof Refusal) return opened;
      return { status: 201, body: { account: { ...accountJson(opened.account), root_key: keyJson(opened.rootKey) } } };
    },
  }),
  route({
    ...operator,
    id: 'ListAccounts',
    method: 'GET',
    path: '/v2/accounts',
    summary: 'All accounts.',
    query: pageQuery.omit({ account: true }),
    body: nothing,
    answer: { description: 'A page of accounts.', schema: listAnswer('accounts', accountAnswer) },
    run: (call, query) =>
      listed(call, {
        plural: 'accounts',
        query,
        find: (asked) => call.ports.registry.accounts.list(asked),
        json: accountJson,
      }),
  }),
  route({
    ...operator,
    id: 'GetAccount',
    method: 'GET',
    path: '/v2/accounts/{account}',
    summary: 'One account.',
    body: nothing,
    answer: { description: 'The account.', schema: oneAnswer('account', accountAnswer) },
    run: async ({ ports, names: { account: id = '' } }) => {
      const account = await ports.registry.accounts.find(id);
      return account ? { body: { account: accountJson(account) } } : noAccount(id);
    },
  }),
  route({
    ...operator,
    id: 'CloseAccount',
    method: 'DELETE',
    path: '/v2/accounts/{account}',
    summary: 'Closes an account for good: its keys and sessions open nothing any more.',
    body: nothing,
    run: async ({ ports, at, names: { account: id = '' } }) =>
      (await ports.registry.accounts.close(id, at)) ?? { status: 204 },
  }),
  route({
    ...operator,
    id: 'ListRootKeys',
    method: 'GET',
    path: '/v2/accounts/{account}/root-keys',
    summary: 'The account’s root keys, without their secrets.',
    body: nothing,
    answer: { description: 'The keys.', schema: listAnswer('root_keys', rootKeyAnswer) },
    run: async ({ ports, names: { account: id = '' } }) => {
      const keys = await ports.registry.account(id).rootKeys.list();
      return { body: { root_keys: keys.map(rootKeyJson), meta: { links: { next: '' } } } };
    },
  }),
  route({
    ...operator,
    id: 'AddRootKey',
    method: 'POST',
    path: '/v2/accounts/{account}/root-keys',
    summary: 'Gives the account one more root key, so that one can be exchanged for another.',
    body: nothing,
    answer: { status: 201, description: 'The key.', schema: oneAnswer('root_key', newKeyAnswer) },
    run: async ({ ports, names: { account: id = '' } }) => {
      const key = await ports.addRootKey(id);
      return key instanceof Refusal ? key : { status: 201, body: { root_key: keyJson(key) } };
    },
  }),
  route({
    ...operator,
    id: 'DeleteRootKey',
    method: 'DELETE',
    path: '/v2/accounts/{account}/root-keys/{key}',
    summary: 'Takes a root key away: it opens nothing any more.',
    body: nothing,
    run: async ({ ports, names: { account: id = '', key = '' } }) =>
      (await ports.registry.account(id).rootKeys.remove(key)) ?? { status: 204 },
  }),
];

const keyRoutes: readonly Route[] = [
  route({
    ...operator,
    id: 'ListSealingKeys',
    method: 'GET',
    path: '/v2/sealing-keys',
    summary: 'The keys that session tokens are sealed with, by their state.',
    body: nothing,
    answer: { description: 'The keys, without what they are.', schema: listAnswer('sealing_keys', sealingKeyAnswer) },
    run: async ({ ports }) => {
      const keys = await ports.registry.sealingKeys.list();
      return { body: { sealing_keys: keys.map(sealingKeyJson), meta: { links: { next: '' } } } };
    },
  }),
  route({
    ...operator,
    id: 'PrepareSealingKey',
    method: 'POST',
    path: '/v2/sealing-keys',
    summary: 'Makes a further sealing key, which every replica learns before anything is sealed with it.',
    body: nothing,
    answer: { status: 201, description: 'Its id.' },
    run: async ({ ports }) => {
      const key = await ports.prepareSealingKey();
      return key instanceof Refusal ? key : { status: 201, body: { sealing_key: { id: key.id } } };
    },
  }),
  route({
    ...operator,
    id: 'ActivateSealingKey',
    method: 'POST',
    path: '/v2/sealing-keys/{key}/activate',
    summary: 'Seals with a prepared key from now on; the one before opens what it sealed.',
    body: nothing,
    run: async ({ ports, at, names: { key = '' } }) =>
      (await ports.registry.sealingKeys.activate(key, at)) ?? { status: 204 },
  }),
  route({
    ...operator,
    id: 'DeleteSealingKey',
    method: 'DELETE',
    path: '/v2/sealing-keys/{key}',
    summary: 'Forgets a key: sessions that were sealed with it open nothing any more.',
    body: nothing,
    run: async ({ ports, names: { key = '' } }) => (await ports.registry.sealingKeys.remove(key)) ?? { status: 204 },
  }),
  route({
    ...operator,
    id: 'AddOperatorKey',
    method: 'POST',
    path: '/v2/operator-keys',
    summary: 'Makes an operator key, told this once.',
    body: newOperatorKeyForm,
    answer: { status: 201, description: 'The key as a Bearer string.' },
    run: async ({ ports, at }, _, { name }) => {
      const { id, bearer, secretHash } = newOperatorKey(ports.randomBytes);
      const key = { id, name, secretHash, status: 'active', createdAt: at } as const;
      const refusal = await ports.registry.operatorKeys.add(key);
      return refusal ?? { status: 201, body: { operator_key: { id, name, bearer } } };
    },
  }),
  route({
    ...operator,
    id: 'ListOperatorKeys',
    method: 'GET',
    path: '/v2/operator-keys',
    summary: 'The operator keys, without their secrets.',
    body: nothing,
    answer: { description: 'The keys.' },
    run: async ({ ports }) => {
      const keys = await ports.registry.operatorKeys.list();
      return { body: { operator_keys: keys.map(({ id, name, status }) => ({ id, name, status })) } };
    },
  }),
  route({
    ...operator,
    id: 'DeleteOperatorKey',
    method: 'DELETE',
    path: '/v2/operator-keys/{key}',
    summary: 'Takes an operator key away.',
    body: nothing,
    run: async ({ ports, names: { key = '' } }) => (await ports.registry.operatorKeys.remove(key)) ?? { status: 204 },
  }),
];

const keepingRoutes: readonly Route[] = [
  route({
    ...operator,
    id: 'RenewSecrets',
    method: 'POST',
    path: '/v2/secrets/renew',
    summary: 'Encrypts every stored secret under the current key-encryption key; the one before can then be dropped.',
    body: nothing,
    answer: { description: 'How many there were to encrypt anew.' },
    run: async ({ ports }) => ({ body: { renewed: await ports.renewSecrets() } }),
  }),
  route({
    ...operator,
    id: 'Backup',
    method: 'POST',
    path: '/v2/backup',
    summary: 'Writes a copy of the registry, whole and of one moment, into a file of the platform’s machine.',
    body: backupForm,
    run: async ({ ports }, _, { file }) => (await ports.backup(file)) ?? { status: 204 },
  }),
];

export const operatorRoutes: readonly Route[] = [...accountRoutes, ...keyRoutes, ...keepingRoutes];
