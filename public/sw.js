// Keeps one whole build on the tablet and answers from it, so that any address opens without a
// network. It never touches what is written or asked of the endpoint: GET only, nothing under /v1/.
// A new build is fetched beside the old one, checked, and waits until the page says {type:"activate"}.

// Both are stamped by `cargo xtask precache`.
const BUILD = "unstamped";
const FILES = [];

const PREFIX = "doorstep-";
const CACHE = PREFIX + BUILD;
const PATHS = new Set(FILES.map((file) => file.path));
const LIST = "/precache.json";

// These describe the bytes on the wire, not the ones that are kept.
const WIRE_HEADERS = ["content-encoding", "content-length", "transfer-encoding", "vary"];

const hex = (buffer) =>
  Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

// By content, not by name: the same name may carry new bytes, and a cache on the way may be old.
async function keep(cache, file) {
  const response = await fetch(file.path, { cache: "reload", redirect: "error" });
  if (!response.ok) throw new Error(`${file.path}: status ${response.status}`);
  const body = await response.arrayBuffer();
  const digest = hex(await crypto.subtle.digest("SHA-256", body));
  if (digest !== file.sha256) throw new Error(`${file.path}: not the file of build ${BUILD}`);
  const headers = new Headers(response.headers);
  for (const name of WIRE_HEADERS) headers.delete(name);
  await cache.put(file.path, new Response(body, { headers }));
}

// All or nothing: a build that is not whole is thrown away and the old one stays in use.
async function install() {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(FILES.map((file) => keep(cache, file)));
    const list = JSON.stringify({ digest: BUILD, files: FILES });
    await cache.put(LIST, new Response(list, { headers: { "content-type": "application/json" } }));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function activate() {
  const old = (await caches.keys()).filter((name) => name.startsWith(PREFIX) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

// A browser short of space may have dropped the cache: then the network is the answer.
async function answer(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

self.addEventListener("message", (event) => {
  if (event.data?.type === "activate") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname === "/v1" || url.pathname.startsWith("/v1/")) return;
  if (request.mode === "navigate") event.respondWith(answer("/index.html", request));
  else if (PATHS.has(url.pathname) || url.pathname === LIST) {
    event.respondWith(answer(url.pathname, request));
  }
});
