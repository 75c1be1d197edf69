import { describe, expect, test } from 'vitest';
import { followLastGood } from '../../../src/core/memory/index.ts';

/** What is to be read, one after the other: a text, an error, or nothing that is to be believed yet. */
function follow(...found: (string | Error | undefined)[]) {
  const used: string[] = [];
  const told: [string, boolean, boolean][] = [];
  const waiting: (() => void)[] = [];
  let tell = () => {};
  let looks = 0;
  const followed = followLastGood<string>({
    read: async () => {
      looks += 1;
      const next = found.shift();
      if (next instanceof Error) throw next;
      return next;
    },
    use: (text) => {
      if (text === 'unusable') throw new Error('it cannot be used');
      used.push(text);
    },
    onUnfit: ({ message }, { isNews, isKnown }) => told.push([message, isNews, isKnown]),
    every: 5000,
    after: (_, run) => {
      waiting.push(run);
      return () => waiting.splice(0);
    },
    onChanged: (changed) => {
      tell = changed;
      return () => {
        tell = () => {};
      };
    },
  });
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const lookAgain = async () => {
    waiting.shift()?.();
    await settle();
  };
  return { followed, used, told, waiting, lookAgain, settle, tell: () => tell(), looks: () => looks };
}

describe('what is followed', () => {
  test('is unknown until it was good once, and then the last good one', async () => {
    const { followed, lookAgain, told, used } = follow(new Error('cut off'), 'good', new Error('cut off'));
    await followed.looked;
    expect(followed.value()).toBeUndefined();
    await lookAgain();
    expect([followed.value(), followed.problem()]).toEqual(['good', undefined]);
    await lookAgain();
    expect([followed.value(), followed.problem()?.message]).toEqual(['good', 'cut off']);
    expect(used).toEqual(['good']);
    expect(told).toEqual([
      ['cut off', true, false],
      ['cut off', true, true],
    ]);
  });

  test('is used once as long as it stays the same, and what is wrong is news once', async () => {
    const { followed, lookAgain, told, used } = follow('a', 'a', new Error('x'), new Error('x'), new Error('y'));
    await followed.looked;
    for (let look = 0; look < 4; look += 1) await lookAgain();
    expect(used).toEqual(['a']);
    expect(told.map(([, isNews]) => isNews)).toEqual([true, false, true]);
  });

  test('is not taken where it cannot be used, or is not to be believed yet', async () => {
    const { followed, lookAgain, told } = follow('unusable', undefined, 'good', undefined);
    await followed.looked;
    await lookAgain();
    expect([followed.value(), told]).toEqual([undefined, [['it cannot be used', true, false]]]);
    await lookAgain();
    await lookAgain();
    expect(followed.value()).toBe('good');
  });

  test('is looked at when a change is told, and once more for what is told during a look', async () => {
    const { followed, looks, settle, tell, waiting } = follow('a', 'b', 'c');
    tell();
    tell();
    await settle();
    expect([looks(), waiting.length, followed.value()]).toEqual([2, 1, 'b']);
    tell();
    await settle();
    expect([looks(), waiting.length, followed.value()]).toEqual([3, 1, 'c']);
  });

  test('is looked at no more once it was stopped', async () => {
    const { followed, lookAgain, looks, tell, waiting } = follow('a', 'b');
    await followed.looked;
    followed.stop();
    tell();
    await lookAgain();
    expect([looks(), waiting.length, followed.value()]).toEqual([1, 0, 'a']);
  });
});
