import { describe, expect, test } from 'vitest';
import { findMappedRole } from '../../../src/core/injection/index.ts';
import { createCentralMapping, watchIdentities } from '../../../src/features/webhook/index.ts';

function ports() {
  const logged: string[] = [];
  let unfit = 0;
  return {
    logged,
    unfit: () => unfit,
    ports: {
      log: { error: (message: string, facts = {}) => void logged.push(`${message} ${JSON.stringify(facts)}`) },
      onUnfit: () => {
        unfit += 1;
      },
    },
  };
}

const good = '{"shop/mapped": {"RoleARN": "r"}}';
const cutOff = good.slice(0, 20);

describe('the central mapping', () => {
  test('is unknown until it was read or is found not to be there', () => {
    const mapping = createCentralMapping(ports().ports);
    expect(() => mapping.get()).toThrow('has not been read yet');
    expect(mapping.unknownBecause()).toContain('was not read yet');
    mapping.listed();
    expect([mapping.get().literal.size, mapping.unknownBecause()]).toEqual([0, undefined]);
  });

  test('A15 stays unknown while none of it can be read, which is told with what is wrong', () => {
    const told = ports();
    const mapping = createCentralMapping(told.ports);
    mapping.take(cutOff);
    mapping.listed();
    expect(() => mapping.get()).toThrow('line 1');
    expect(mapping.unknownBecause()).toContain('line 1');
    expect([told.unfit(), told.logged.length]).toEqual([1, 1]);
    mapping.take(good);
    expect([findMappedRole(mapping.get(), 'shop', 'mapped'), mapping.unknownBecause()]).toMatchObject([
      { role: 'r' },
      undefined,
    ]);
  });

  test('F29 is the last good one while what is there cannot be read', () => {
    const mapping = createCentralMapping(ports().ports);
    mapping.take(good);
    mapping.take(cutOff);
    expect([mapping.get().literal.size, mapping.unknownBecause()]).toEqual([1, undefined]);
    mapping.take(undefined);
    expect(mapping.get().literal.size).toBe(0);
  });

  test('A15 tells of entries that cannot be read, of a few of thousands, and all others count', () => {
    const told = ports();
    const mapping = createCentralMapping(told.ports);
    const bad = Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`oops-${index}`, {}]));
    mapping.take(JSON.stringify({ ...bad, 'shop/mapped': { RoleARN: 'r' } }));
    expect(findMappedRole(mapping.get(), 'shop', 'mapped')).toMatchObject({ role: 'r' });
    expect([told.unfit(), told.logged.length]).toEqual([1, 11]);
    expect(told.logged[0]).toContain('oops-0');
    expect(told.logged.at(-1)).toContain('2990');
  });
});

describe('the list of identities', () => {
  function watch(...texts: (string | undefined)[]) {
    const told = ports();
    const waiting: (() => void)[] = [];
    const identities = watchIdentities({
      ...told.ports,
      readText: async () => {
        const text = texts.shift();
        if (text === undefined) throw new Error('no such file');
        return text;
      },
      after: (_, run) => {
        waiting.push(run);
        return () => waiting.splice(0);
      },
    });
    const lookAgain = async () => {
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { identities, lookAgain, told };
  }

  const list = '{"identities": [{"namespace": "shop", "serviceAccount": "agent"}]}';
  const nobody = new Map();
  const agent = new Map([['shop', new Set(['agent'])]]);

  test('A15 is unknown while the file has never been read as such, which is told once', async () => {
    const { identities, lookAgain, told } = watch('{', '{', list);
    await identities.looked;
    expect(() => identities.get()).toThrow('line 1');
    expect(identities.unknownBecause()).toContain('line 1');
    await lookAgain();
    expect([told.unfit(), told.logged.length]).toEqual([1, 1]);
    await lookAgain();
    expect([identities.get(), identities.unknownBecause()]).toEqual([agent, undefined]);
  });

  test('F29 is the last good one while the file is half-written, and empty once it is blank twice', async () => {
    const { identities, lookAgain } = watch(list, list.slice(0, 30), '', undefined, list, '');
    await identities.looked;
    for (const expected of [agent, agent, agent, nobody, agent, agent]) {
      expect(identities.get()).toEqual(expected);
      await lookAgain();
    }
  });

  test('is empty where there is no file, which is believed at the second look', async () => {
    const { identities, lookAgain } = watch();
    await identities.looked;
    expect(identities.unknownBecause()).toContain('was not read yet');
    await lookAgain();
    expect(identities.get()).toEqual(nobody);
  });

  test('A15 tells of an entry that names nobody once, and the others count', async () => {
    const text = '{"identities": ["oops", {"namespace": "shop", "serviceAccount": "agent"}]}';
    const { identities, lookAgain, told } = watch(text, text);
    await identities.looked;
    await lookAgain();
    expect(identities.get()).toEqual(agent);
    expect([told.unfit(), told.logged.length]).toEqual([1, 1]);
  });
});
