/*
 * Runs in the page before its own scripts. It times what is seen: from what a person did, or from the navigation's
 * start, to the first frame that shows what was asked for.
 */
globalThis.probe = (() => {
  const PATIENCE = 60_000;
  let done = 0;
  for (const kind of ["pointerdown", "keydown"]) {
    addEventListener(kind, (event) => void (done = event.timeStamp), { capture: true, passive: true });
  }

  /** Rows of entries of which at least half is below the grid's head, and inside, from top to bottom. */
  function visibleRows() {
    const grid = document.querySelector("[role=grid]");
    if (!grid) return [];
    const { bottom } = grid.getBoundingClientRect();
    const top = grid.querySelector("[role=rowgroup]").getBoundingClientRect().bottom;
    const rows = [...grid.querySelectorAll("[role=row]:has([role=gridcell])")].filter((row) => {
      const box = row.getBoundingClientRect();
      const middle = (box.top + box.bottom) / 2;
      return box.height > 0 && middle > top && middle < Math.min(bottom, innerHeight);
    });
    return rows.sort((a, b) => indexOf(a) - indexOf(b));
  }

  const indexOf = (row) => Number(row.getAttribute("aria-rowindex"));
  const isLoaded = (row) => row.textContent.trim() !== "";

  /** Whether all visible rows are there, of `total` (null: of any). */
  function rows({ total = null } = {}) {
    const grid = document.querySelector("[role=grid]:not([aria-busy=true])");
    if (!grid) return false;
    if (total !== null && Number(grid.getAttribute("aria-rowcount")) !== total + 1) return false;
    const visible = visibleRows();
    return (visible.length > 0 || total === 0) && visible.every(isLoaded);
  }

  const conditions = {
    rows,
    /** Whether the element that a selector names is there, with a text that is another one than before. */
    text: ({ selector, before }) => ![before, ""].includes(textOf(selector)),
    /** Whether the element that a selector names is there. */
    present: ({ selector }) => document.querySelector(selector) !== null,
    /** Whether the first visible row is another one than before. */
    changed: ({ first }) => rows() && firstText() !== first,
  };

  const textOf = (selector) => document.querySelector(selector)?.textContent.trim() ?? "";
  const firstText = () => visibleRows()[0]?.textContent ?? "";

  /** Resolves to the time of the first frame in which something holds. */
  function until(name, argument) {
    const begin = performance.now();
    return new Promise((resolve, reject) => {
      const look = () => {
        if (conditions[name](argument)) resolve(performance.now());
        else if (performance.now() - begin > PATIENCE) reject(new Error(`not seen: ${name} ${JSON.stringify(argument)}`));
        else requestAnimationFrame(look);
      };
      requestAnimationFrame(look);
    });
  }

  const firstRows = location.protocol.startsWith("http") ? until("rows") : null;
  firstRows?.catch(() => {}); // whoever waits for it is told

  return {
    firstRows: () => firstRows,
    firstText,
    textOf,
    /** The middle of a visible row's first cells, to be clicked. */
    placeOf: (number) => {
      const { left, top, height } = visibleRows()[number].getBoundingClientRect();
      return { x: left + 20, y: top + height / 2 };
    },
    /** Milliseconds from the last key or button to the frame in which something holds. */
    since: async (name, argument) => (await until(name, argument)) - done,
    /** Milliseconds from a call to the frame in which something holds. */
    after: async (action, name, argument) => {
      const begin = performance.now();
      action();
      return (await until(name, argument)) - begin;
    },
    /** Milliseconds from Enter in an input, with a text in it, to the frame in which something holds. */
    enter: async (input, text, name, argument) => {
      input.focus();
      Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(input, text);
      input.dispatchEvent(new InputEvent("input", { bubbles: true }));
      await new Promise(requestAnimationFrame); // which is when the page has read it
      const begin = performance.now();
      input.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true }));
      return (await until(name, argument)) - begin;
    },
    /** When the last answer had come, once none has been asked for for a while. */
    quiet: (still) =>
      new Promise((resolve) => {
        const look = () => {
          const last = Math.max(0, ...performance.getEntriesByType("resource").map((one) => one.responseEnd));
          if (performance.now() - last > still) resolve(last);
          else setTimeout(look, still / 4);
        };
        look();
      }),
    /** Milliseconds between the frames of some seconds. */
    frames: (seconds) =>
      new Promise((resolve) => {
        const times = [];
        const look = (now) => {
          times.push(now);
          if (now - times[0] < seconds * 1000) requestAnimationFrame(look);
          else resolve(times.slice(1).map((time, index) => time - times[index]));
        };
        requestAnimationFrame(look);
      }),
  };
})();
