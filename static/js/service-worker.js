// Shows a page of MovR's own where the browser would say that it is offline. It keeps that page and
// what it loads, and nothing of any rider. Forms go past it: what is typed into them is kept by
// kept-form.js.
(() => {
  "use strict";

  const CACHE = "movr-offline";
  const OFFLINE = "/offline";

  const keep = async () => {
    const cache = await caches.open(CACHE);
    const page = await fetch(OFFLINE, { credentials: "omit", cache: "no-cache" });
    if (!page.ok) throw new Error(`the offline page is ${page.status}`);
    const html = await page.clone().text();
    const loaded = [...html.matchAll(/(?:href|src)="(\/static\/[^"]+)"/g)].map((match) => match[1]);
    for (const old of await cache.keys()) await cache.delete(old);
    await cache.addAll(loaded);
    await cache.put(OFFLINE, page);
  };

  const answer = async (event) => {
    try {
      return (await event.preloadResponse) ?? (await fetch(event.request));
    } catch {
      return (await caches.match(OFFLINE)) ?? Response.error();
    }
  };

  const kept = async (request) => (await caches.match(request)) ?? fetch(request);

  self.addEventListener("install", (event) => event.waitUntil(keep()));

  // The browser asks the server at once, without waiting until this script runs.
  self.addEventListener("activate", (event) => {
    event.waitUntil(self.registration.navigationPreload?.enable());
  });

  self.addEventListener("fetch", (event) => {
    const { request } = event;
    if (request.method !== "GET" || !request.url.startsWith(self.location.origin)) return;
    if (request.mode === "navigate") event.respondWith(answer(event));
    else if (!navigator.onLine) event.respondWith(kept(request));
  });
})();
