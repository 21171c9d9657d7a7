// Unlocks the tablet as soon as that is possible, presses a filter of the list as soon as it is
// there, and keeps when each thing happened in globalThis.coldStart; milliseconds since the
// navigation began. A tap counts as answered at the frame after the one in which what it asks for
// was drawn.
globalThis.coldStart = null;
(() => {
  const chips = () => document.querySelectorAll("#main .chips [aria-pressed]");
  const shown = () =>
    [...document.querySelectorAll("#main .ll-row")].map((row) => row.textContent).join("\n");
  const PIN = [..."274901"];
  const key = (digit) => document.querySelector(`[data-digit="${digit}"]`);
  const await_lock = () => {
    const card = document.querySelector('[data-testid="person"]');
    if (!card) return requestAnimationFrame(await_lock);
    card.click();
    const await_pad = () => {
      if (!key("0")) return requestAnimationFrame(await_pad);
      requestAnimationFrame((locked) => {
        for (const digit of PIN) key(digit).click();
        const typed = performance.now();
        await_filter({ locked, typed });
      });
    };
    requestAnimationFrame(await_pad);
  };
  // The first filter keeps every case; the second those that are overdue, which are some of them.
  const await_filter = (unlock) => {
    const filter = chips()[1];
    const before = shown();
    if (!filter || before === "") return requestAnimationFrame(() => await_filter(unlock));
    const cases = Number(chips()[0].querySelector(".num")?.textContent);
    const there = performance.now();
    filter.click();
    const pressed = performance.now();
    const await_list = () => {
      if (shown() === before) return requestAnimationFrame(await_list);
      requestAnimationFrame((answered) => await_paint({ ...unlock, cases, there, pressed, answered }));
    };
    requestAnimationFrame(await_list);
  };
  // The browser tells of its first paint some frames after it.
  const await_paint = (times) => {
    const [painted] = performance.getEntriesByName("first-contentful-paint");
    if (!painted) return requestAnimationFrame(() => await_paint(times));
    keep({ ...times, painted: painted.startTime });
  };
  const keep = (times) => {
    const [page] = performance.getEntriesByType("navigation");
    const wasm = performance.getEntriesByType("resource").find((one) => one.name.includes(".wasm"));
    const marks = performance.getEntriesByType("mark");
    globalThis.coldStart = {
      ...times,
      offline: navigator.serviceWorker.controller !== null,
      page: page.responseEnd,
      wasm: wasm?.responseEnd,
      marks: marks.map((mark) => [mark.name, mark.startTime]),
    };
  };
  requestAnimationFrame(await_lock);
})();
