// Tells what a container sees of its identity: its environment, the token's file, and what the token says. Never the
// token itself.
import { readFileSync, statSync } from 'node:fs';

const variables = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith('AWS_')));
const path = variables.AWS_WEB_IDENTITY_TOKEN_FILE;
const { gid, mode, uid } = statSync(path);
const [, claims] = readFileSync(path, 'utf8').split('.');
const user = { uid: process.getuid(), groups: process.getgroups() };
const file = { path, uid, gid, mode: (mode & 0o777).toString(8) };
console.log(JSON.stringify({ variables, user, file, claims: JSON.parse(Buffer.from(claims, 'base64url').toString()) }));
