// The flags of klog, the log of Kubernetes' own programs (https://pkg.go.dev/k8s.io/klog/v2#InitFlags), which Amazon's
// webhook has beside its own. Here every line is JSON on standard error, so that only the level says anything.
import type { FlagForm } from './go-arguments.ts';

const forms: Readonly<Record<string, FlagForm>> = {
  add_dir_header: 'switch',
  alsologtostderr: 'switch',
  alsologtostderrthreshold: 'value',
  legacy_stderr_threshold_behavior: 'switch',
  log_backtrace_at: 'value',
  log_dir: 'value',
  log_file: 'value',
  log_file_max_size: 'value',
  logtostderr: 'switch',
  one_output: 'switch',
  skip_headers: 'switch',
  skip_log_headers: 'switch',
  stderrthreshold: 'value',
  v: 'value',
  vmodule: 'value',
};

export const klogFlagNames = Object.keys(forms);

/** Words are joined by underscores or dashes. */
export function klogForm(name: string): FlagForm | undefined {
  const known = name.replaceAll('-', '_');
  return Object.hasOwn(forms, known) ? forms[known] : undefined;
}

/** From here on klog's levels are for those who look for a fault. */
const debugFrom = 4;

/** Whether this is the flag of the level, and what it says; undefined for any other. */
export function asksForDebug(name: string, value: string): boolean | undefined {
  if (name !== 'v') return undefined;
  return /^\+?\d{1,9}$/.test(value) && Number(value) >= debugFrom;
}
