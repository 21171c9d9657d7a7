// Starts the app: the page's policy forbids inline scripts, so what Trunk would write into the page
// stands here. The hashed names of this build arrive as data attributes of the script tag.
//
// Between this file and the app:
//   window  "doorstep-crash"     app → here   the app panicked; detail: the message
//   window  "doorstep-update"    here → app   a new version waits; also <html data-update="ready">
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
    missing: "這個瀏覽器不能執行回訪。本機上的資料沒有變動。請更新瀏覽器，或改用 Chrome、Edge、Safari 的新版本；無痕視窗也可能不行。",
  },
  "zh-Hans": {
    crash: "画面出错了。已记的都在本机。",
    reopen: "重新打开",
    details: "技术资料",
    missing: "这个浏览器不能运行回访。本机上的数据没有变动。请更新浏览器，或改用 Chrome、Edge、Safari 的新版本；无痕窗口也可能不行。",
  },
  en: {
    crash: "This screen failed. What was recorded is kept on this tablet.",
    reopen: "Reopen",
    details: "Technical details",
    missing: "This browser cannot run Doorstep. Nothing on this tablet was changed. Update the browser, or use a recent Chrome, Edge or Safari; a private window may not work either.",
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
function showFailure(sentence, technical) {
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
  main.append(element("h1", "", sentence), reopen, details);
  document.body.replaceChildren(main);
  reopen.focus();
}

const showCrash = (technical) => showFailure(texts().crash, technical);

function missingFeatures() {
  const needed = {
    WebAssembly: "WebAssembly" in globalThis,
    IndexedDB: Boolean(globalThis.indexedDB),
    "Web Locks": "locks" in navigator,
    WebCrypto: Boolean(globalThis.crypto?.subtle),
  };
  return Object.keys(needed).filter((name) => !needed[name]);
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

async function start() {
  const missing = missingFeatures();
  if (missing.length > 0) {
    showFailure(texts().missing, missing.join(", "));
    return;
  }
  window.addEventListener("doorstep-crash", (event) => showCrash(String(event.detail ?? "")));
  window.addEventListener("error", (event) => {
    if (event.error instanceof WebAssembly.RuntimeError) showCrash(event.error.stack ?? String(event.error));
  });
  window.addEventListener("unhandledrejection", (event) => {
    if (event.reason instanceof WebAssembly.RuntimeError) showCrash(event.reason.stack ?? String(event.reason));
  });
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
