// What it takes to read another program's command line and environment as a command's own.
import type { Refusal } from '../core/refusals/index.ts';
import type { RawValue, Settings } from '../core/settings/index.ts';

/** A command line and the environment around it, before either is read. */
export interface CommandLine {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A flag of the other program that says nothing without a setting of ours. */
export interface Need {
  /** As it was written. */
  readonly flag: string;
  readonly setting: string;
}

export interface Translation {
  /** As the command takes them. */
  readonly args: readonly string[];
  /** The other program's defaults, and what its flags change about ours: what is set outright wins over them. */
  readonly profile?: Readonly<Record<string, RawValue>>;
  /** By setting, the other program's variables. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Arguments that were taken and change nothing here, as they were written. */
  readonly withoutEffect?: readonly string[];
  readonly needs?: readonly Need[];
  /** The version is all that was asked for. */
  readonly asksVersion?: boolean;
  /** The program that is stood in for, as a person calls it. */
  readonly standsInFor?: string | undefined;
}

/** @param settings all that the command has */
export type Translate = (line: CommandLine, settings: Settings) => Translation | Refusal;
