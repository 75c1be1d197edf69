// A small compute API, as a platform might have one. It knows nothing of signatures, tokens or policies: the gateway
// in front of it lets only judged requests through.
import { createServer } from 'node:http';

const instances = new Map(
  ['web-1', 'web-2', 'db-1'].map((id) => [id, { id, region: 'ams', status: 'running', reboots: 0 }]),
);

const operations = {
  'GET /v1/instances': () => [200, { instances: [...instances.values()] }],
  'GET /v1/instances/:id': (instance) => [200, instance],
  'POST /v1/instances/:id/reboot': (instance) => [202, Object.assign(instance, { reboots: instance.reboots + 1 })],
  'DELETE /v1/instances/:id': (instance) => [instances.delete(instance.id) ? 200 : 404, { deleted: instance.id }],
};

function answer({ method, url }) {
  const { pathname } = new URL(url, 'http://localhost');
  const [, id, verb = ''] = /^\/v1\/instances\/([^/]+)(\/reboot)?$/.exec(pathname) ?? [];
  // HEAD is GET without the body (RFC 9110, section 9.3.2), as the gateway judges it; Node leaves the body out.
  const asked = method === 'HEAD' ? 'GET' : method;
  const operation = operations[id ? `${asked} /v1/instances/:id${verb}` : `${asked} ${pathname}`];
  const instance = instances.get(decodeURIComponent(id ?? ''));
  if (!operation || (id && !instance)) return [404, { message: `there is nothing at ${method} ${pathname}` }];
  return operation(instance);
}

const server = createServer((request, response) => {
  const [status, body] = answer(request);
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
server.listen(Number(process.env.PORT ?? 0), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
process.on('SIGTERM', () => server.close(() => process.exit()));
// Ends with whoever started it, however that one ended.
process.stdin.on('end', () => process.exit()).resume();
