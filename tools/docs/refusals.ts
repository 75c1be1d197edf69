// The page docs/refusals.md, written from the catalogue: `npm run docs` writes it, and a test compares.
import { chapters, type RefusalRow } from '../../src/core/refusals/index.ts';

const opening = `# Refusals

Every no that Podiam says has a stable code. Logs, metrics, the audit record and error bodies carry it; beside it stand
the HTTP status, the code that the protocol's own clients know (the AWS SDKs choose their exception by it), what is
wrong, and what to do. Words in braces stand for what was at hand.

Where a caller must not learn the exact reason, as with a role that may not be assumed, the log line and the audit
record under the request's id have it.

This page is written from the catalogue in \`src/core/refusals/\` by \`npm run docs\`.
`;

function section(code: string, row: RefusalRow): string {
  return `### ${code}\n\n${row.status} · \`${row.wire}\`\n\n> ${row.sentence}\n\n${row.remedy}\n`;
}

export function renderRefusals(): string {
  const parts = Object.entries(chapters).map(([title, rows]) => {
    const sections = Object.entries<RefusalRow>(rows).map(([code, row]) => section(code, row));
    return [`## ${title}\n`, ...sections].join('\n');
  });
  return `${opening}\n${parts.join('\n')}`;
}
