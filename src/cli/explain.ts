// `podiam explain lint FILE`: what the platform would refuse of a policy, and what it would warn of, before it is sent.
import { type Inspected, inspectPolicy, kindOfDocument } from '../core/policy/index.ts';
import { refuse } from '../core/refusals/index.ts';
import { oneOf, texts, type ValuesOf } from '../core/settings/index.ts';
import { readText } from '../io/files/index.ts';
import { defineCommand, exitCodes, type RunnableCommand, type Surroundings } from './command.ts';

const settings = {
  file: texts({
    summary: 'policy document as JSON: a file, or - for standard input; may be repeated, and given without the flag',
    placeholder: 'FILE',
  }),
  kind: oneOf({
    summary: 'what the documents are; auto takes those that name a Principal for trust policies',
    choices: ['auto', 'trust', 'permission'],
    fallback: 'auto',
  }),
  output: oneOf({ summary: 'form of what is printed', choices: ['text', 'json'], fallback: 'text' }),
};

const words: Readonly<Record<Inspected['severity'], string>> = { refuse: 'error', warn: 'warning' };

interface FileFindings {
  readonly file: string;
  readonly findings: readonly Inspected[];
}

/** One line a finding, in the form that editors and build logs know: FILE:LINE:COLUMN. */
function printed({ file, findings }: FileFindings): string {
  return findings
    .map(({ line, column, severity, message, remedy }) => {
      return `${file}:${line}:${column}: ${words[severity]}: ${message}. ${remedy}.\n`;
    })
    .join('');
}

function printedJson(files: readonly FileFindings[]): string {
  const rows = files.flatMap(({ file, findings }) =>
    findings.map(({ severity, ...finding }) => ({ file, severity: words[severity], ...finding })),
  );
  return `${JSON.stringify(rows, undefined, 2)}\n`;
}

async function run(values: ValuesOf<typeof settings>, surroundings: Surroundings): Promise<number> {
  const files: FileFindings[] = [];
  for (const file of values.file.length === 0 ? ['-'] : values.file) {
    const text = file === '-' ? await surroundings.readStandardInput() : await readText(file);
    const kind = values.kind === 'auto' ? kindOfDocument(text) : values.kind;
    files.push({ file: file === '-' ? 'standard input' : file, findings: inspectPolicy(text, kind) });
  }
  surroundings.write(values.output === 'json' ? printedJson(files) : files.map(printed).join(''));
  const isRefused = files.some(({ findings }) => findings.some(({ severity }) => severity === 'refuse'));
  return isRefused ? exitCodes.failed : exitCodes.done;
}

const lint = defineCommand({
  name: 'explain lint',
  summary: 'Prints what is wrong with policy documents, and what is worth a second look, with line and column.',
  settings,
  run,
});

/** Flags that have no value behind them. */
const lone = new Set(['--print-config', '--help', '-h']);

/** Files may stand by themselves, between the flags. */
function filesSpelledOut(args: readonly string[]): string[] {
  let isValue = false;
  return args.flatMap((arg) => {
    const isFlag = !isValue && arg.startsWith('-') && arg !== '-';
    const isFile = !isValue && !isFlag;
    isValue = isFlag && !arg.includes('=') && !lone.has(arg);
    return isFile ? ['--file', arg] : [arg];
  });
}

export const explain: RunnableCommand = {
  ...lint,
  name: 'explain',
  run: async ([what = '--help', ...args], surroundings) => {
    if (what === 'lint') return lint.run(filesSpelledOut(args), surroundings);
    if (what === '--help' || what === '-h') return lint.run(['--help'], surroundings);
    surroundings.writeError(`podiam explain: ${refuse('explain-command-unknown', { name: what }).explain()}\n`);
    return exitCodes.wrongUsage;
  },
};
