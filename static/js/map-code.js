// Loads the map's code and style when a map is shown, because most visits on a phone never show
// one.
(() => {
  "use strict";

  const { styles, scripts } = document.currentScript.dataset;
  const ours = document.querySelector("link[rel='stylesheet']");

  const arrival = (element, put) =>
    new Promise((resolve, reject) => {
      element.addEventListener("load", resolve);
      element.addEventListener("error", () => reject(new Error("A part of the map is missing.")));
      put(element);
    });

  // Before our own sheet, which can so overrule it.
  const fetchStyle = (href) =>
    arrival(Object.assign(document.createElement("link"), { rel: "stylesheet", href }), (link) =>
      ours.before(link),
    );

  // Fetched in parallel, and run in order.
  const fetchScript = (src) =>
    arrival(Object.assign(document.createElement("script"), { src, async: false }), (script) =>
      document.head.append(script),
    );

  const words = (text) => text.split(" ").filter(Boolean);

  const fetchAll = async () => {
    await Promise.all([...words(styles).map(fetchStyle), ...words(scripts).map(fetchScript)]);
    const { movrMap } = window;
    await new Promise((resolve, reject) => movrMap.whenReady(resolve, reject));
    return movrMap;
  };

  let coming = null;
  window.movrMapCode = { load: () => (coming ??= fetchAll()) };
})();
