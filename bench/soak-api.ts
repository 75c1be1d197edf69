// The cluster of the soak, a process of its own: 10,000 service accounts, of which 200 have a role, and an API server that
// goes wrong every few seconds, each time in another way. Says its port, and ends with whoever started it.
import { statusObject } from '../test/io/kubernetes/api-messages.ts';
import { startApiServer } from '../test/io/kubernetes/api-server.ts';

const faultEveryMs = 10_000;
const faultLastsMs = 2000;
const accounts = 10_000;
/** One in so many service accounts has a role. */
const annotatedEvery = 50;

const api = await startApiServer({ bookmarkMs: 5000 });
const namespace = 'podiam-system';
api.put('v1/secrets', { metadata: { name: 'podiam-webhook-tls', namespace }, data: {} });
api.put('admissionregistration.k8s.io/v1/mutatingwebhookconfigurations', {
  metadata: { name: 'podiam-webhook' },
  webhooks: [{ name: 'pods.podiam.dev', clientConfig: { service: { name: 'podiam-webhook', namespace } } }],
});
for (let i = 0; i < accounts; i += 1) {
  const role = { 'podiam.dev/role-arn': `arn:aws:iam::123456789012:role/role-${i}` };
  api.putServiceAccount('default', `account-${i}`, i % annotatedEvery === 0 ? role : undefined);
}

/** In turn; what lasts ends with `recover`. */
const faults: readonly (() => void)[] = [
  () => api.dropConnections(),
  () => {
    for (const { raw, reset } of api.streams) {
      raw('{"type":"ADDED","obj');
      setImmediate(reset);
    }
  },
  () => {
    for (const { event } of api.streams) event('ERROR', statusObject(410, 'Expired'));
  },
  () => {
    api.storage.compact();
    api.dropConnections();
  },
  () => {
    api.fail({ status: 500 });
    api.dropConnections();
  },
  () => {
    api.fail('hang');
    api.dropConnections();
  },
  () => {
    for (const { raw } of api.streams) raw('garbage\n');
  },
  () => {
    for (const stream of api.streams) stream.silent = true;
  },
];

let round = 0;
setInterval(() => {
  faults[round++ % faults.length]?.();
  setTimeout(() => api.recover(), faultLastsMs);
  // Something has changed meanwhile, as it does in clusters.
  api.putServiceAccount('default', `account-${(round % accounts) * annotatedEvery + 1}`);
}, faultEveryMs);

process.on('disconnect', () => process.exit());
process.send?.({ port: api.port });
