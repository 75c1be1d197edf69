// Names and paths as AWS IAM compares them.

/** Names that differ only in case are one name (IAM User Guide, "IAM identifiers"). They are ASCII. */
export const nameKey = (name: string): string => name.toLowerCase();

/** Begins with the prefix: no pattern, so that no character in it means anything. */
export const pathFilter = (column: string) => `substr(${column}, 1, ?) = ?`;

export const pathValues = (prefix: string | undefined): [number, string] => [prefix?.length ?? 0, prefix ?? ''];
