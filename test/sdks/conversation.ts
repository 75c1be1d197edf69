// What the tests ask of the pods' programs, and what these answer: one line of JSON each way, the same in every language.
import { z } from 'zod';

export const podRequestShape = z.object({
  /** Who am I; a token for credentials; another role's credentials; a signed request of no AWS service. */
  call: z.enum(['identity', 'exchange', 'chain', 'send']),
  roleArn: z.string().optional(),
  sessionName: z.string().optional(),
  token: z.string().optional(),
  durationSeconds: z.number().optional(),
  policy: z.string().optional(),
  method: z.string().optional(),
  url: z.string().optional(),
  service: z.string().optional(),
  body: z.string().optional(),
});
export type PodRequest = z.infer<typeof podRequestShape>;

const resultShape = z.record(z.string(), z.union([z.string(), z.number(), z.null()]));

const errorShape = z.object({
  /** The exception's class; empty where a program has none. */
  type: z.string(),
  code: z.string(),
  message: z.string(),
  requestId: z.string(),
});
export type PodError = z.infer<typeof errorShape>;

export const podAnswerShape = z.object({ result: resultShape.optional(), error: errorShape.optional() });
export type PodAnswer = z.infer<typeof podAnswerShape>;

/** A running pod's program. */
export interface Program {
  readonly ask: (request: PodRequest) => Promise<PodAnswer>;
}
