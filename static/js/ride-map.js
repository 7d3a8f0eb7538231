// The small map of where a ride began and ended: on its receipt, or beside the list of rides, where
// it shows the one that was pointed at or that has the focus. The words of the page say the same.
(() => {
  "use strict";

  const figure = document.querySelector("[data-ride-map]");
  const { movrMapCode, movrGeography } = window;
  if (!movrMapCode || !movrGeography) {
    figure.hidden = true;
    return;
  }
  const { pointOf, stopsOf } = movrGeography;

  // Not every ride that the pointer passes on its way is meant.
  const PAUSE_MS = 150;
  const ZOOM_OF_STREETS = 15;
  const caption = figure.querySelector("[data-route]");
  const status = figure.querySelector("[data-no-tiles]");

  // The points stand on the words that describe them.
  const stopIn = (ride, side) => {
    const words = ride.querySelector(`[data-${side}]`);
    return words && { ...pointOf(words.dataset[side]), name: words.textContent.trim() };
  };

  const rides = new Map();
  for (const ride of document.querySelectorAll("[data-ride], .is-ride")) {
    const stops = stopsOf(stopIn(ride, "start"), stopIn(ride, "end"));
    if (stops.length) rides.set(ride, stops);
  }

  let map = null;
  let [shown] = rides.keys();
  let timer = 0;

  const draw = () => {
    const stops = rides.get(shown);
    map.setStops(stops);
    map.fit(stops);
    if (!caption) return;
    for (const ride of rides.keys()) ride.classList.toggle("is-lit", ride === shown);
    const route = shown.querySelector(".ride-route a").cloneNode(true);
    caption.replaceChildren(...route.childNodes);
  };

  const showSoon = (ride) => () => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      shown = ride;
      if (map) draw();
    }, PAUSE_MS);
  };

  const start = (movrMap) => {
    map = movrMap.create(figure.querySelector("[data-map]"), {
      ...rides.get(shown)[0],
      zoom: ZOOM_OF_STREETS,
      still: true,
      onTilesFail: () => { status.textContent = figure.dataset.textNoTiles; },
    });
    draw();
  };

  // A phone shows none beside its list, so it loads none.
  const watch = new IntersectionObserver((seen) => {
    if (!seen.some(({ isIntersecting }) => isIntersecting)) return;
    watch.disconnect();
    movrMapCode.load().then(start).catch(() => { figure.hidden = true; });
  });
  watch.observe(figure);

  if (!caption) return;
  for (const ride of rides.keys()) {
    ride.addEventListener("pointerenter", showSoon(ride));
    ride.addEventListener("pointerleave", () => clearTimeout(timer));
    ride.addEventListener("focusin", showSoon(ride));
  }
})();
