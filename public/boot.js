// Starts the app: the page's policy forbids inline scripts, so what Trunk would write into the page
// stands here. The hashed names of this build arrive as data attributes of the script tag.
//
// Between this file and the app:
//   window  "doorstep-crash"     app → here   the app panicked; detail: the message
//   window  "doorstep-update"    here → app   a new version waits; also <html data-update="ready">
//   window  "doorstep-turn"      here → app   <html data-turn> has changed, see below
//   window  "doorstep-take"      app → here   the person goes on in this page, whichever writes
//   window  "doorstep-activate"  app → here   the person agreed: change over, then reload

// Markup that the app's own templates parse. It never carries a script or a handler.
globalThis.trustedTypes?.createPolicy("default", {
  createHTML(markup) {
    if (/<script|\son\w+=/i.test(markup)) throw new TypeError("markup refused");
    return markup;
  },
});

const policy = globalThis.trustedTypes?.createPolicy("doorstep", {
  createScriptURL(url) {
    if (url !== "/sw.js") throw new TypeError(`script address refused: ${url}`);
    return url;
  },
});

// The only sentences outside the locale files: they are shown when the app cannot be.
const TEXTS = {
  "zh-Hant": {
    crash: "畫面出錯了。已記的都在本機。",
    reopen: "重新開啟",
    details: "技術資料",
  },
  "zh-Hans": {
    crash: "画面出错了。已记的都在本机。",
    reopen: "重新打开",
    details: "技术资料",
  },
  en: {
    crash: "This screen failed. What was recorded is kept on this tablet.",
    reopen: "Reopen",
    details: "Technical details",
  },
};

function texts() {
  const lang = document.documentElement.lang;
  return TEXTS[lang] ?? (lang.startsWith("en") ? TEXTS.en : TEXTS["zh-Hant"]);
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  made.textContent = text;
  return made;
}

let failed = false;

// Replaces the page by plain HTML. The first failure is the one worth reading.
function showCrash(technical) {
  if (failed) return;
  failed = true;
  const words = texts();
  const main = element("main", "crash", "");
  main.setAttribute("role", "alert");
  const reopen = element("button", "btn pri", words.reopen);
  reopen.type = "button";
  reopen.addEventListener("click", () => location.reload());
  const details = element("details", "crash-details", "");
  details.append(element("summary", "", words.details), element("pre", "", technical));
  main.append(element("h1", "", words.crash), reopen, details);
  document.body.replaceChildren(main);
  reopen.focus();
}

function announceUpdate() {
  document.documentElement.dataset.update = "ready";
  window.dispatchEvent(new CustomEvent("doorstep-update"));
}

// Announces `registration`'s worker once it waits behind the one in use.
function followUpdates(registration) {
  const container = navigator.serviceWorker;
  const announceWaiting = () => {
    if (registration.waiting && container.controller) announceUpdate();
  };
  announceWaiting();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", announceWaiting);
  });
  // An installed app may stay open for weeks: ask again when it is looked at.
  const asksEvery = 60 * 60 * 1000; // milliseconds
  let askedAt = performance.now();
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible" || performance.now() - askedAt < asksEvery) return;
    askedAt = performance.now();
    registration.update().catch(() => {}); // no network: the next look asks again
  });
}

async function registerWorker() {
  const container = navigator.serviceWorker;
  if (!container) return;
  let controlled = Boolean(container.controller);
  let agreed = false;
  container.addEventListener("controllerchange", () => {
    if (agreed) location.reload();
    else if (controlled) announceUpdate(); // another tab changed over; this one waits for its person
    controlled = true;
  });
  const url = policy?.createScriptURL("/sw.js") ?? "/sw.js";
  const registration = await container.register(url, { updateViaCache: "none" });
  window.addEventListener("doorstep-activate", () => {
    agreed = true;
    if (registration.waiting) registration.waiting.postMessage({ type: "activate" });
    else location.reload();
  });
  followUpdates(registration);
}

// One page of the app writes: the one that holds this lock. <html data-turn> is "asked" on a page
// that waits for it, "elsewhere" where another page has it, and absent on the one that has it.
const LOCK = "doorstep";
const waits = 1000; // milliseconds: a page that is being left lets go sooner
let queued = false;

function tellTurn(turn) {
  const page = document.documentElement;
  if (turn) page.dataset.turn = turn;
  else delete page.dataset.turn;
  window.dispatchEvent(new Event("doorstep-turn"));
}

// Never lets go by itself. Whoever takes the lock away makes the promise fail.
async function askTurn(steal) {
  if (queued && !steal) return;
  queued ||= !steal;
  const held = navigator.locks.request(LOCK, { steal }, () => {
    if (!steal) queued = false;
    tellTurn("");
    return new Promise(() => {});
  });
  try {
    await held;
  } catch (error) {
    tellTurn("elsewhere");
    if (error.name !== "AbortError") throw error;
    await askTurn(false);
  }
}

function takeTurns() {
  tellTurn("asked");
  setTimeout(() => {
    if (document.documentElement.dataset.turn) tellTurn("elsewhere");
  }, waits);
  window.addEventListener("doorstep-take", () => askTurn(true));
  askTurn(false);
}

async function start() {
  // Otherwise able.js has said what is missing.
  if ((await window.doorstepAble) === false) return;
  window.addEventListener("doorstep-crash", (event) => showCrash(String(event.detail ?? "")));
  window.addEventListener("error", (event) => {
    if (event.error instanceof WebAssembly.RuntimeError) showCrash(event.error.stack ?? String(event.error));
  });
  window.addEventListener("unhandledrejection", (event) => {
    if (event.reason instanceof WebAssembly.RuntimeError) showCrash(event.reason.stack ?? String(event.reason));
  });
  takeTurns();
  const tag = document.querySelector("script[data-wasm]");
  let bindings;
  try {
    bindings = await import(tag.dataset.js);
    await bindings.default({ module_or_path: tag.dataset.wasm });
  } catch (error) {
    showCrash(String(error));
    return;
  }
  if (bindings.wants_worker()) {
    await registerWorker().catch((error) => console.warn("no service worker:", error));
  }
}

await start();
