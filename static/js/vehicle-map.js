// The map beside the list of vehicles. The list is complete without it: the map shows where its
// vehicles are, and all others in view, which come from our own /vehicles.geojson. What its pins
// look like and say is in vehicle-pins.js.
(() => {
  "use strict";

  const page = document.querySelector("[data-vehicle-map]");
  if (!page) return;
  const { movrMapCode, movrGeography, movrMapUrls } = window;
  const giveUp = () => {
    page.classList.remove("has-map", "shows-map");
    page.classList.add("has-no-map");
  };
  if (!movrMapCode || !movrGeography || !movrMapUrls) {
    giveUp();
    return;
  }
  const { contains, covers, nearest, tileBounds, viewOfSingles } = movrGeography;
  const { viewToHash, hashToView, vehiclesWithin } = movrMapUrls;

  const PAUSE_MS = 200;
  const FRESH_MS = 60_000;
  const LOCATION_TIMEOUT_MS = 10_000;
  const ZOOM_OF_CITY = 13;
  const ZOOM_OF_STREETS = 15;
  // The first view shows at least so many single pins, with so much room around each of them.
  const FIRST_SHOWN = 8;
  const ROOM_PX = 64;
  // Shows the map on a phone, with the view to be chosen.
  const ANY_VIEW = "#map";
  const box = page.querySelector("[data-map]");
  const texts = page.dataset;
  const status = page.querySelector("[data-map-status]");
  const retry = page.querySelector("[data-map-retry]");
  const wide = window.matchMedia("(min-width: 992px)");
  const entries = new Map(
    [...page.querySelectorAll("[data-vehicle]")].map((entry) => [entry.id.slice(1), entry]),
  );

  // --- What is in view ---

  let map = null;
  let vehiclePins = null;
  // Where the rider is, if that was asked for.
  let here = null;
  let pins = [];
  let response = null;
  let request = null;
  let timer = 0;
  let tilesFail = false;

  const say = (sentence, mayRetry = false) => {
    status.textContent = tilesFail ? `${sentence} ${texts.textNoTiles}` : sentence;
    retry.hidden = !mayRetry;
  };

  const count = () => {
    const bounds = map.bounds();
    const inView = pins.filter((pin) => contains(bounds, pin)).length;
    const areAll = !response || response.complete;
    say(areAll ? vehiclePins.countInView(inView) : texts.textSomeInView);
  };

  const draw = (vehicles) => {
    // Those of the list are always shown, and as the list has them: the response may leave some
    // out, or come from a cache.
    const { listed, pinOf } = vehiclePins;
    const all = new Map([...vehicles, ...listed].map((vehicle) => [vehicle.id, vehicle]));
    pins = [...all.values()].map(pinOf);
    map.setPins(pins, tell);
  };

  const ask = async () => {
    const bounds = map.bounds();
    const isFresh = response?.complete && Date.now() - response.at < FRESH_MS;
    if (isFresh && covers(response.bounds, bounds)) {
      count();
      return;
    }
    request?.abort();
    const mine = new AbortController();
    request = mine;
    const wanted = tileBounds(bounds, map.view().zoom);
    const url = vehiclesWithin(page.dataset.source, location.href, wanted);
    try {
      const received = await fetch(url, { credentials: "omit", signal: mine.signal });
      if (!received.ok) throw new Error(received.status);
      const found = await received.json();
      response = { bounds: wanted, complete: found.complete, at: Date.now() };
      draw(found.features.map(vehiclePins.fromFeature));
      count();
    } catch {
      // Aborted because of a later request, or because the page was left.
      if (request !== mine || mine.signal.aborted) return;
      response = null;
      say(texts.textFailed, true);
    }
  };

  const askSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };

  // --- The list and the map ---

  // The ids of the pin under the pointer, and of the open one.
  const pointed = { over: null, open: null };

  const tell = (what, id) => {
    pointed[what] = id;
    for (const [each, entry] of entries) {
      entry.classList.toggle("is-lit", each === pointed.over || each === pointed.open);
    }
    if (what === "open" && wide.matches) entries.get(id)?.scrollIntoView({ block: "nearest" });
  };

  const link = (id, entry) => {
    const light = (wanted) => () => map?.light(wanted);
    entry.addEventListener("pointerenter", light(id));
    entry.addEventListener("pointerleave", light(null));
    entry.addEventListener("focusin", light(id));
    entry.addEventListener("focusout", light(null));
    if (!entry.dataset.vehicle) return;
    const place = entry.querySelector(".card-place");
    const button = document.createElement("button");
    button.className = "vehicle-card-show";
    button.type = "button";
    button.append(...place.childNodes);
    button.ariaLabel = texts.textShow.replace("{place}", () => button.textContent.trim());
    place.append(button);
    button.addEventListener("click", () => {
      show("map");
      starting?.then(() => map?.open(id, button));
      if (!wide.matches) page.scrollIntoView({ block: "start" });
    });
  };

  // --- The view of the map ---

  // Kept in the URL, so that it survives a filter, a reload and sharing the link. On a phone, a view
  // in the URL means that the map is shown and not the list.
  let byHand = false;

  const kept = () => hashToView(location.hash);

  const keepInUrls = (hash) => {
    history.replaceState(history.state, "", location.pathname + location.search + hash);
    for (const filter of document.querySelectorAll("[data-filter]")) filter.hash = hash;
  };

  const keep = () => {
    if (byHand) keepInUrls(viewToHash(map.view()));
  };

  // Around the rider, if that was asked for; else where there are single pins.
  const showFirst = () => {
    const { listed } = vehiclePins;
    const size = { width: box.clientWidth, height: box.clientHeight };
    const view = viewOfSingles(listed, here ? [here] : listed, size, ROOM_PX, FIRST_SHOWN);
    if (view?.count) map.lookAt(view, view.zoom);
    else if (listed.length) map.fit(here ? [here, nearest(listed, here)] : listed);
  };

  // --- "Show where I am", on the map ---

  const locate = () => {
    const { textLooking, textFailed } = document.querySelector("[data-near-me]").dataset;
    say(textLooking);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        here = { latitude: coords.latitude, longitude: coords.longitude };
        map.markHere(here, texts.textHere);
        byHand = true;
        map.lookAt(here, ZOOM_OF_STREETS);
        count();
      },
      () => say(textFailed),
      { timeout: LOCATION_TIMEOUT_MS, maximumAge: 60_000 },
    );
  };

  const addLocator = () => {
    if (!navigator.geolocation) return;
    const { element } = vehiclePins;
    const button = element("button", "map-locate");
    button.type = "button";
    button.append(element("span", "icon icon-pin"), element("span", "visually-hidden", texts.textLocate));
    button.addEventListener("click", locate);
    box.after(button);
  };

  const start = (movrMap) => {
    const { latitude, longitude, nearLatitude, nearLongitude } = page.dataset;
    const view = kept();
    byHand = view !== null;
    const centre = { latitude: Number(latitude), longitude: Number(longitude) };
    vehiclePins = window.movrVehiclePins(page, entries, () => here);
    map = movrMap.create(box, {
      ...(view ?? centre),
      zoom: view?.zoom ?? ZOOM_OF_CITY,
      nameOfMany: vehiclePins.nameOfMany,
      onMove: () => {
        keep();
        askSoon();
      },
      onTilesFail: () => {
        if (tilesFail) return;
        tilesFail = true;
        count();
      },
    });
    map.onHandMoved(() => { byHand = true; });
    if (nearLatitude) {
      here = { latitude: Number(nearLatitude), longitude: Number(nearLongitude) };
      map.markHere(here, texts.textHere);
    }
    draw([]);
    if (!view) showFirst();
    addLocator();
    keep();
    askSoon();
  };

  const show = (what) => {
    page.classList.toggle("shows-map", what === "map");
    for (const button of page.querySelectorAll("[data-show]")) {
      button.setAttribute("aria-pressed", String(button.dataset.show === what));
    }
    startIfSeen();
    if (wide.matches) return;
    if (what === "map") starting?.then(stay);
    else {
      byHand = false;
      keepInUrls("");
    }
  };

  const stay = () => {
    if (!map || !page.classList.contains("shows-map")) return;
    byHand = true;
    keep();
  };

  // Resolved when the map has started.
  let starting = null;

  const startIfSeen = () => {
    if (!starting && box.offsetParent) starting = movrMapCode.load().then(start).catch(giveUp);
  };

  const begin = () => {
    page.classList.add("has-map");
    for (const [id, entry] of entries) link(id, entry);
    for (const button of page.querySelectorAll("[data-show]")) {
      button.addEventListener("click", () => {
        show(button.dataset.show);
        if (map && button.dataset.show === "map") page.scrollIntoView({ block: "start" });
      });
    }
    retry.addEventListener("click", () => {
      say(texts.textLoading);
      ask();
    });
    wide.addEventListener("change", startIfSeen);
    if ((kept() || location.hash === ANY_VIEW) && !wide.matches) show("map");
    startIfSeen();
  };

  begin();
})();
