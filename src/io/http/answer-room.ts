// The memory of one server's answers that their clients have not taken yet: an answer of megabytes is held for as long as its
// client likes to read it, and some clients like to take their time.
import type { ServerResponse } from 'node:http';

/** Of so few bytes there is always room: how many there can be is for the limit of connections to say. */
const smallBytes = 64 * 1024;

/** Who reads slowly keeps nobody out who reads: where there is no room, the answer that has been on its way longest is cut. */
export class AnswerRoom {
  readonly #limit: number;
  /** Bytes of those under way, in the order in which they were begun. */
  readonly #underWay = new Map<ServerResponse, number>();
  #held = 0;

  /** @param limit bytes of all answers together */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Makes room for an answer, which is given back when it has left or its connection has; false where there can be none. */
  take(response: ServerResponse, bytes: number): boolean {
    if (bytes <= smallBytes) return true;
    if (bytes > this.#limit) return false;
    for (const [oldest] of this.#underWay) {
      if (this.#held + bytes <= this.#limit) break;
      this.#release(oldest);
      oldest.destroy();
    }
    this.#underWay.set(response, bytes);
    this.#held += bytes;
    response.once('close', () => this.#release(response));
    return true;
  }

  #release(response: ServerResponse): void {
    this.#held -= this.#underWay.get(response) ?? 0;
    this.#underWay.delete(response);
  }
}
