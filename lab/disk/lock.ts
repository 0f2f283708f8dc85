export interface LockOptions {
  /** Waits for another holder; otherwise that is a RangeError which names it. */
  readonly wait?: boolean;
  /** Hears of a lock that a killed process left behind. */
  readonly note?: (line: string) => void;
}

/**
 * Takes a file that only one process may hold at a time.
 *
 * The lock is the operating system's, so that it ends with its holder, however that ends: a file
 * that lies there unlocked stops nobody.
 */
export async function lock(path: string, options: LockOptions = {}): Promise<AsyncDisposable> {
  for (;;) {
    const file = await Deno.open(path, { read: true, write: true, create: true });
    let mine = false;
    try {
      if (options.wait) await file.lock(true);
      else if (!await file.tryLock(true)) {
        throw new RangeError(
          `Cannot write beside ${path}: process ${await holder(
            path,
          )} is writing there, wait for it or stop it`,
        );
      }
      // Its last holder may have removed the file between our opening and locking it.
      const there = await Deno.stat(path).catch(ifGone(undefined));
      mine = there !== undefined && there.ino === (await file.stat()).ino;
      if (!mine) continue;
      const before = await holder(path);
      if (before) options.note?.(`Process ${before} died and left its lock behind: taken over`);
      await file.truncate(0);
      await file.write(new TextEncoder().encode(`${Deno.pid}`));
    } finally {
      if (!mine) file.close();
    }
    return {
      async [Symbol.asyncDispose]() {
        await Deno.remove(path);
        file.close();
      },
    };
  }
}

/** What the file says of its last holder. */
function holder(path: string): Promise<string> {
  return Deno.readTextFile(path).catch(ifGone(""));
}

function ifGone<T>(value: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Deno.errors.NotFound) return value;
    throw error;
  };
}
