export { readPath } from './path.ts';
export { matchRoute, type Operation, parseRouteTable, type RouteTable } from './table.ts';
