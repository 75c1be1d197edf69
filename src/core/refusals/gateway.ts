// Refusals of the gateway.
import { rows } from './row.ts';

export const gatewayRows = rows({
  'gateway-path-ambiguous': {
    status: 400,
    wire: 'InvalidPath',
    sentence: 'The path has {what}, which servers read in different ways.',
    remedy: 'Send the path in its plain form.',
  },
  'gateway-header-override': {
    status: 400,
    wire: 'InvalidHeader',
    sentence: 'The header {name} would tell the API another request than the one that is judged.',
    remedy: 'Leave the header out and send the request that is meant.',
  },
  'gateway-no-route': {
    status: 403,
    wire: 'AccessDenied',
    sentence: 'No route of the API is known for {method} {path}.',
    remedy: 'Check method and path; the operator adds routes to the gateway’s route table.',
  },
  'gateway-not-allowed': {
    status: 403,
    wire: 'AccessDenied',
    sentence: '{principal} is not authorized to perform {action} on {resource}.',
    remedy: 'Ask the account’s owner to allow the action in the role’s permission policy.',
  },
  'gateway-role-gone': {
    status: 403,
    wire: 'InvalidClientTokenId',
    sentence: 'The role of this session does not exist any more.',
    remedy: 'Assume a role that exists.',
  },
  'gateway-unavailable': {
    status: 503,
    wire: 'ServiceUnavailable',
    sentence: 'The gateway cannot reach its records at the moment, so the request was not forwarded.',
    remedy: 'Try again; if it goes on, the operator finds the cause in the log.',
  },
  'route-table-invalid': {
    status: 400,
    wire: 'RouteTableInvalid',
    sentence: 'The route table is wrong at {where}: {problem}.',
    remedy: 'Each route has method, path, action and resource; see examples/platform-api/routes.yaml.',
  },
  'route-table-overlap': {
    status: 400,
    wire: 'RouteTableOverlap',
    sentence: 'Two routes match the same request: {method} {first} and {second}.',
    remedy: 'Make the paths differ in a literal segment, or drop one.',
  },
});
