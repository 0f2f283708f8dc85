import type { Dialect } from "./operator.ts";
import type { Runtime, Session } from "./runtime.ts";

/** Sessions by the hash of their graph, the least recently used released first. */
export interface Sessions {
  readonly dialect: Dialect;
  get(key: string, model: Uint8Array, keep: readonly string[]): Promise<Session>;
  close(): Promise<void>;
}

/** Holds up to `most` sessions of a runtime. */
export function sessions(runtime: Runtime, most = 128): Sessions {
  const open = new Map<string, Promise<Session>>();
  return {
    dialect: runtime.dialect,
    get(key, model, keep) {
      let session = open.get(key);
      if (session) open.delete(key);
      else {
        session = runtime.create(model, keep);
        // A dropped session is freed by the collector once its last run is over.
        if (open.size >= most) open.delete(open.keys().next().value!);
      }
      open.set(key, session);
      return session;
    },
    async close() {
      for (const session of open.values()) await (await session).release();
      open.clear();
    },
  };
}
