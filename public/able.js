// Whether this browser can run the app, asked before anything of it is loaded. Where it cannot, a
// plain page says what is missing. In the words of 2009, so that any browser reads it to the end.
// boot.js waits for the answer: window.doorstepAble, a promise of true or false.
(function () {
  "use strict";

  // A module with what the compiler emits: numbers cut off at their bounds, signs, several results,
  // filled memory, references, a global that is not constant.
  var MODULE = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 0, 2, 127, 127, 3, 2, 1, 0, 4, 4, 1, 111, 0, 0,
    5, 3, 1, 0, 0, 6, 6, 1, 127, 1, 65, 0, 11, 7, 5, 1, 1, 103, 3, 0, 10, 23, 1, 21, 0, 65, 0, 192,
    67, 0, 0, 0, 0, 252, 0, 65, 0, 65, 0, 65, 0, 252, 11, 0, 11,
  ];

  var NEEDED = {
    "WebAssembly": function () { return WebAssembly.validate(new Uint8Array(MODULE)); },
    "JavaScript modules": function () { return "noModule" in HTMLScriptElement.prototype; },
    "IndexedDB": function () { return indexedDB && IDBTransaction.prototype.commit; },
    "Web Locks": function () { return navigator.locks.request; },
    "WebCrypto": function () { return crypto.subtle.sign; },
    "Service Worker": function () { return navigator.serviceWorker.register; },
    "Pointer Events": function () { return window.PointerEvent && Element.prototype.setPointerCapture; },
    "ResizeObserver": function () { return window.ResizeObserver; },
    "AbortSignal.timeout": function () { return AbortSignal.timeout; },
    "<dialog>": function () { return HTMLDialogElement.prototype.showModal; },
    "popover": function () { return "popover" in HTMLElement.prototype; },
    "CSS @layer": function () { return window.CSSLayerBlockRule; },
  };

  // Chinese, then English: shown when the app, which has the languages, cannot be.
  var KEPT = [
    "這台平板上已記的都沒有改動，也沒有丟失；用原來的瀏覽器打開就看得到。",
    "Nothing recorded on this tablet was changed or lost; it is where it was, in the browser it was recorded with.",
  ];

  function cannot(names) {
    return {
      title: ["這個瀏覽器不能執行回訪", "This browser cannot run Doorstep"],
      lines: [
        ["缺少：" + names + "。", "Missing: " + names + "."],
        [
          "請更新瀏覽器，或改用 Chrome、Edge（137 版起）、Safari（17 版起）、Firefox（129 版起）。不要用無痕視窗。",
          "Update the browser, or use Chrome or Edge 137, Safari 17, Firefox 129 or newer, and no private window.",
        ],
        KEPT,
      ],
    };
  }

  var INSECURE = {
    title: ["網址要以 https:// 開頭", "The address must begin with https://"],
    lines: [
      [
        "http:// 的網址下，瀏覽器不給加密，也不能離線使用。請向負責系統的人要 https:// 開頭的網址。",
        "At an http:// address a browser offers neither encryption nor work without a network. Ask your administrator for the https:// address.",
      ],
      KEPT,
    ],
  };

  function add(parent, name, text, lang) {
    var made = document.createElement(name);
    made.textContent = text;
    if (lang) made.lang = lang;
    parent.appendChild(made);
    return made;
  }

  function show(page) {
    var main = document.createElement("main");
    main.className = "crash";
    main.setAttribute("role", "alert");
    main.setAttribute("data-testid", "unable");
    for (var language = 0; language < 2; language += 1) {
      var lang = ["zh-Hant", "en"][language];
      add(main, language ? "h2" : "h1", page.title[language], lang);
      for (var line = 0; line < page.lines.length; line += 1) {
        add(main, "p", page.lines[line][language], lang);
      }
    }
    document.body.textContent = "";
    document.body.appendChild(main);
    return false;
  }

  if (window.isSecureContext === false) {
    window.doorstepAble = show(INSECURE);
    return;
  }
  var missing = [];
  for (var name in NEEDED) {
    var has = false;
    try { has = NEEDED[name](); } catch (error) { has = false; }
    if (!has) missing.push(name);
  }
  if (missing.length > 0) {
    window.doorstepAble = show(cannot(missing.join("、")));
    return;
  }
  // As the app makes the tablet's own key: some browsers have WebCrypto and not this algorithm.
  window.doorstepAble = crypto.subtle
    .generateKey("Ed25519", false, ["sign", "verify"])
    .then(function () { return true; }, function () { return show(cannot("Ed25519 (WebCrypto)")); });
})();
