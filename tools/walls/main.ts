// `npm run walls`: reads every file below src/ and says which wall a line breaches, and why the wall stands.
import { globSync, readFileSync } from 'node:fs';
import { readSource } from './source.ts';
import { findBreaches, walls } from './walls.ts';

const files = globSync('src/**/*.ts').map((path) => readSource(path.replaceAll('\\', '/'), readFileSync(path, 'utf8')));
const breaches = findBreaches(files);
for (const { wall, why, file, line, what } of breaches) {
  console.error(`${file}:${line}: ${what}\n  breaches the wall «${wall}»: ${why}`);
}
console.log(`walls: ${walls.length} walls, ${files.length} files, ${breaches.length} breaches`);
process.exitCode = breaches.length === 0 && files.length > 0 ? 0 : 1;
