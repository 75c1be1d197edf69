// The measured process: serves one subject, and tells over IPC what it used.
import { admission, bareAdmission } from './admission.ts';
import { bareExchange, exchange } from './exchange.ts';
import type { FromServer, Subject } from './protocol.ts';
import type { Started } from './started.ts';

const subjects = {
  'bare-admission': bareAdmission,
  admission,
  'bare-exchange': bareExchange,
};

const start = (subject: Subject): Promise<Started> =>
  subject.name === 'exchange' ? exchange(subject) : subjects[subject.name]();

const tell = (message: FromServer) => process.send?.(message);

function tellUsage(): void {
  const { user, system } = process.cpuUsage();
  tell({ kind: 'usage', cpuMicroseconds: user + system, residentBytes: process.memoryUsage.rss() });
}

async function serveSubject(subject: Subject): Promise<void> {
  tell({ kind: 'listening', ...(await start(subject)) });
  process.on('message', tellUsage);
}

process.once('message', (subject: Subject) => {
  serveSubject(subject).catch((error: unknown) => {
    console.error(error);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
