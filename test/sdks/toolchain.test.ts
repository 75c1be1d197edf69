import { expect, test, vi } from 'vitest';
import { provide } from './toolchain.ts';

test.each([
  ['python', 'python3'],
  ['go', 'go'],
  ['java', 'java, javac, keytool, mvn'],
  ['terraform', 'go'],
] as const)('the tests of %s name what is missing on the machine', async (toolchain, missing) => {
  vi.stubEnv('PATH', '/nowhere');
  try {
    await expect(provide(toolchain)).rejects.toThrow(`needs ${missing} in PATH`);
  } finally {
    vi.unstubAllEnvs();
  }
});
