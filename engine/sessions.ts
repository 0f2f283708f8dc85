import type { Dialect } from "./operator.ts";
import type { Runtime, Session } from "./runtime.ts";

/** Sessions by the hash of their graph, the least recently used released first. */
export interface Sessions {
  readonly dialect: Dialect;
  get(key: string, model: Uint8Array): Promise<Session>;
  close(): Promise<void>;
}

/** Keeps up to `keep` sessions of a runtime. */
export function sessions(runtime: Runtime, keep = 128): Sessions {
  const open = new Map<string, Promise<Session>>();
  return {
    dialect: runtime.dialect,
    get(key, model) {
      let session = open.get(key);
      if (session) open.delete(key);
      else {
        session = runtime.create(model);
        // A dropped session is freed by the collector once its last run is over.
        if (open.size >= keep) open.delete(open.keys().next().value!);
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
