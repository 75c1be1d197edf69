// Who wants to be told of changes.
import type { Heard } from './registry.ts';

type Listener = (heard: Heard) => void;

export interface Subscribers {
  subscribe(listener: Listener): () => void;
  tell(heard: Heard): void;
}

/** In the order of subscribing. */
export function createSubscribers(): Subscribers {
  const listeners = new Set<Listener>();
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    tell: (heard) => {
      for (const listener of listeners) listener(heard);
    },
  };
}
