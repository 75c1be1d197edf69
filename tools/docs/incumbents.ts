// The tables of docs/coming-from-amazon.md and docs/coming-from-vultr.md, written from the rows by which those command
// lines and variables are read: `npm run docs` writes them into the pages, and a test compares.
import { type AmazonFlag, amazonFlags } from '../../src/cli/amazon/flags.ts';
import { klogFlagNames } from '../../src/cli/amazon/klog.ts';
import { vultrVariables } from '../../src/cli/webhook/vultr.ts';

const begin = '<!-- This table is written by `npm run docs`. -->\n\n';
const end = '\n<!-- The end of the table. -->';

/** What stands between the marks of a page is replaced. */
function withTable(page: string, table: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error('the page has no place for the table');
  return page.slice(0, from + begin.length) + table + page.slice(to);
}

const code = (text: string) => (text === '' ? '' : `\`${text}\``);
const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |\n`;
const head = (cells: readonly string[]) => `${line(cells)}|${cells.map(() => '---|').join('')}\n`;

function ours({ effect }: AmazonFlag): string {
  if (effect === 'none') return 'dropped';
  if (effect === 'version') return code('--version');
  if ('setting' in effect) return code(`--${effect.setting}`);
  return code(`--${'defaultOf' in effect ? effect.defaultOf : effect.needs}`);
}

const klogRows = klogFlagNames.map((name) =>
  name === 'v'
    ? line([code('-v'), code('0'), code('--log-level'), 'from 4 up `debug`, below nothing'])
    : line([code(`--${name}`), '', 'dropped', 'of klog: the log is JSON lines on standard error']),
);

/** @param page the page as it is */
export function renderAmazon(page: string): string {
  const rows = amazonFlags.map((flag) => line([code(`--${flag.name}`), code(flag.fallback), ours(flag), flag.note]));
  return withTable(page, head(['Amazon’s', 'default', 'Podiam’s', '']) + [...rows, ...klogRows].join(''));
}

/** @param page the page as it is */
export function renderVultr(page: string): string {
  const rows = vultrVariables.map(({ fallback, name, note, setting }) =>
    line([code(name), code(fallback), code(`--${setting}`), note]),
  );
  return withTable(page, head(['Vultr’s', 'default', 'Podiam’s', '']) + rows.join(''));
}
