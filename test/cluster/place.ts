// A number for each cluster of a sandbox, and what follows from it: its folder, its addresses, its networks. With an
// address of its own a cluster has all ports to itself, so that several run at once without a search for free ones.
import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stateFolder } from './sandbox.ts';

const run = promisify(execFile);

export interface Place {
  readonly number: number;
  /** In memory; it goes with the cluster. */
  readonly folder: string;
  /** Of the control plane, as everyone in the sandbox reaches it. */
  readonly address: string;
  /** The sandbox's own, as the cluster reaches what a test serves. */
  readonly outside: string;
  readonly serviceRange: string;
  /** The n-th address of the services' range. */
  readonly serviceAddress: (n: number) => string;
  readonly podRange: string;
}

const most = 250;

function describe(number: number): Place {
  return {
    number,
    folder: join(stateFolder, `cluster-${number}`),
    address: `10.90.${number}.1`,
    outside: '10.90.255.1',
    serviceRange: `10.96.${number}.0/24`,
    serviceAddress: (n) => `10.96.${number}.${n}`,
    podRange: `10.244.${number}.0/24`,
  };
}

/** Making a folder is atomic: of two that want a number, one gets it. */
export async function takePlace(): Promise<Place> {
  for (let number = 1; number <= most; number += 1) {
    const place = describe(number);
    try {
      await mkdir(place.folder);
      return place;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
    }
  }
  throw new Error(`${most} clusters are running already`);
}

export async function leavePlace({ folder }: Place): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

/** An address of this very machine that is not loopback; none is taken away by another's leaving. */
export async function bindAddress(address: string): Promise<void> {
  await run('ip', ['address', 'replace', `${address}/32`, 'dev', 'eth0']);
}

export async function releaseAddress(address: string): Promise<void> {
  await run('ip', ['address', 'del', `${address}/32`, 'dev', 'eth0']);
}
