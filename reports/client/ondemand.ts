/// <reference lib="dom" />
/**
 * Data that a page of a site loads when somebody asks for it: scripts, as a page opened from a disk
 * may fetch nothing else. Their addresses come from the page's own data, never from its address.
 */

const given = new Map<string, string>();
const loads = new Map<string, Promise<unknown>>();
Object.defineProperty(globalThis, "prefbench", {
  value: {
    give(name: string, text: string): void {
      given.set(name, text);
    },
  },
});

/** What the file at this address gives; an Error that says which file is missing. */
export function load(address: string): Promise<unknown> {
  const found = loads.get(address) ?? new Promise<unknown>((done, failed) => {
    const name = address.slice(address.lastIndexOf("/") + 1).replace(/\.js$/, "");
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => {
      const text = given.get(name);
      given.delete(name);
      if (text === undefined) failed(new Error(`${address} holds other data than its name says`));
      else done(JSON.parse(text));
    });
    script.addEventListener("error", () => {
      loads.delete(address);
      failed(new Error(`Cannot load ${address}: is the site whole?`));
    });
    document.head.append(script);
  });
  loads.set(address, found);
  return found;
}

/** The page's own data, if it has any. */
export function page<T>(): T | undefined {
  const block = document.getElementById("data");
  return block === null ? undefined : JSON.parse(block.textContent!) as T;
}

/** The latest of several loads into one place: an earlier one that arrives later is dropped. */
export function latest(
  note: HTMLElement,
): (address: string, show: (data: unknown) => void) => void {
  let turn = 0;
  return (address, show) => {
    const own = ++turn;
    load(address).then((data) => {
      if (own !== turn) return;
      note.classList.remove("warn");
      show(data);
    }).catch((error: unknown) => {
      if (own !== turn) return;
      note.textContent = error instanceof Error ? error.message : String(error);
      note.classList.add("warn");
    });
  };
}
