// The map beside the list of vehicles. The list is whole without it: the map shows where its
// vehicles are, and all others in view, which come from our own /vehicles.geojson.
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
  const { contains, covers, tileBounds } = movrGeography;
  const { viewToHash, hashToView, listNear, vehiclesWithin } = movrMapUrls;

  const PAUSE_MS = 200;
  const FRESH_MS = 60_000;
  const ZOOM_OF_CITY = 13;
  const box = page.querySelector("[data-map]");
  const status = page.querySelector("[data-map-status]");
  const retry = page.querySelector("[data-map-retry]");
  const wide = window.matchMedia("(min-width: 992px)");
  const entries = new Map(
    [...page.querySelectorAll("[data-vehicle]")].map((entry) => [entry.id.slice(1), entry]),
  );

  // --- Texts, from the page ---

  const texts = page.dataset;
  const fill = (text, values) => text.replaceAll(/\{(\w+)\}/g, (_, name) => values[name]);
  const formOf = new Intl.PluralRules(document.documentElement.lang);
  const counted = (forms, count) => fill(JSON.parse(forms)[formOf.select(count)], { count });
  const vehicleName = ({ type, color }) => {
    const text = { bike: texts.textBike, scooter: texts.textScooter }[type] ?? texts.textSkateboard;
    const name = fill(text, { color: color.toLowerCase() });
    return name[0].toUpperCase() + name.slice(1);
  };

  const element = (tag, className, content = "") => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = content;
    return made;
  };

  // --- Pins ---

  const wayToRide = (vehicle) => {
    const start = entries.get(vehicle.id)?.querySelector("[formaction]");
    if (start) {
      // Outside the form of the list, of which it is a button all the same.
      const button = element("button", start.className, start.textContent);
      button.setAttribute("form", start.form.id);
      button.setAttribute("formaction", start.getAttribute("formaction"));
      return button;
    }
    const link = element("a", "btn btn-outline-primary");
    const login = entries.get(vehicle.id)?.querySelector("a.btn");
    if (login) {
      link.textContent = texts.textRide;
      link.href = login.href;
    } else if (entries.has(vehicle.id)) {
      return null;
    } else {
      link.textContent = texts.textFind;
      link.href = listNear(page.dataset.list, location.href, vehicle);
    }
    return link;
  };

  const popupOf = (vehicle) => {
    const popup = element("div", "map-popup");
    popup.append(element("strong", "", vehicle.title), element("p", "", vehicle.location));
    const free = vehicle.status === "available";
    const use = free ? texts.textAvailable : texts.textInUse;
    popup.append(element("span", `status status-${vehicle.status}`, use));
    const way = free || !entries.has(vehicle.id) ? wayToRide(vehicle) : null;
    if (way) popup.append(way);
    return popup;
  };

  const pinOf = (vehicle) => {
    const text = vehicle.status === "available" ? texts.textPinAvailable : texts.textPinInUse;
    const name = fill(text, { vehicle: vehicle.title, place: vehicle.location });
    const pin = { ...vehicle, name };
    // What makes it look as it does: a pin that stays the same is left alone.
    pin.about = [pin.name, pin.latitude, pin.longitude].join();
    pin.popup = () => popupOf(vehicle);
    return pin;
  };

  const listed = [...entries.values()]
    .filter((entry) => entry.dataset.latitude)
    .map((entry) => ({
      id: entry.id.slice(1),
      type: entry.dataset.type,
      status: entry.classList.contains("is-unavailable") ? "unavailable" : "available",
      title: entry.querySelector(".vehicle-card-title").textContent.trim(),
      location: entry.querySelector(".card-place").textContent.trim(),
      latitude: Number(entry.dataset.latitude),
      longitude: Number(entry.dataset.longitude),
    }));

  const nameOfMany = (many) => {
    const available = many.filter(({ status }) => status === "available").length;
    const text = available ? texts.textGroup : texts.textGroupInUse;
    return fill(text, { count: many.length, available });
  };

  const fromFeature = ({ geometry, properties }) => ({
    ...properties,
    title: vehicleName(properties),
    longitude: geometry.coordinates[0],
    latitude: geometry.coordinates[1],
  });

  // --- What is in view ---

  let map = null;
  let pins = [];
  let answer = null;
  let asking = null;
  let timer = 0;
  let tilesFail = false;

  const say = (sentence, mayRetry = false) => {
    status.textContent = tilesFail ? `${sentence} ${texts.textNoTiles}` : sentence;
    retry.hidden = !mayRetry;
  };

  const count = () => {
    const bounds = map.bounds();
    const inView = pins.filter((pin) => contains(bounds, pin)).length;
    const areAll = !answer || answer.complete;
    say(areAll ? counted(texts.textInView, inView) : texts.textSomeInView);
  };

  const draw = (vehicles) => {
    // Those of the list are always there, also where the view has more than it shows, and as the
    // list has them: a cache may still know them as they were.
    const all = new Map([...vehicles, ...listed].map((vehicle) => [vehicle.id, vehicle]));
    pins = [...all.values()].map(pinOf);
    map.setPins(pins, tell);
  };

  const ask = async () => {
    const bounds = map.bounds();
    if (answer?.complete && covers(answer.bounds, bounds) && Date.now() - answer.at < FRESH_MS) {
      count();
      return;
    }
    asking?.abort();
    const mine = new AbortController();
    asking = mine;
    const wanted = tileBounds(bounds, map.view().zoom);
    const url = vehiclesWithin(page.dataset.source, location.href, wanted);
    try {
      const response = await fetch(url, { credentials: "omit", signal: mine.signal });
      if (!response.ok) throw new Error(response.status);
      const found = await response.json();
      answer = { bounds: wanted, complete: found.complete, at: Date.now() };
      draw(found.features.map(fromFeature));
      count();
    } catch {
      // Given up for the sake of a later question, or of another page.
      if (asking !== mine || mine.signal.aborted) return;
      answer = null;
      say(texts.textFailed, true);
    }
  };

  const askSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };

  // --- The list and the map ---

  // The pin that the pointer is on, and the one that is open.
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
    if (!entry.dataset.latitude) return;
    const place = entry.querySelector(".card-place");
    const button = element("button", "vehicle-card-show");
    button.type = "button";
    button.append(...place.childNodes);
    button.append(element("span", "visually-hidden", texts.textShow));
    place.append(button);
    button.addEventListener("click", () => {
      show("map");
      starting?.then(() => map?.open(id, button));
      if (!wide.matches) page.scrollIntoView({ block: "start" });
    });
  };

  // --- Where the map stands ---

  // In the address, so that it survives a filter, a reload and a link to somebody else. Where the
  // list and the map take turns, that it is there says whose turn it is.
  let byHand = false;

  const kept = () => hashToView(location.hash);

  const keepInAddresses = (hash) => {
    history.replaceState(history.state, "", location.pathname + location.search + hash);
    for (const filter of document.querySelectorAll("[data-filter]")) filter.hash = hash;
  };

  const keep = () => {
    if (byHand) keepInAddresses(viewToHash(map.view()));
  };

  const start = (movrMap) => {
    const { latitude, longitude, nearLatitude, nearLongitude } = page.dataset;
    const stand = kept();
    byHand = stand !== null;
    const centre = { latitude: Number(latitude), longitude: Number(longitude) };
    map = movrMap.create(box, {
      ...(stand ?? centre),
      zoom: stand?.zoom ?? ZOOM_OF_CITY,
      nameOfMany,
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
    const places = [...listed];
    if (nearLatitude) {
      const here = { latitude: Number(nearLatitude), longitude: Number(nearLongitude) };
      map.markHere(here, texts.textHere);
      places.push(here);
    }
    draw([]);
    if (!stand && places.length) map.fit(places);
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
      keepInAddresses("");
    }
  };

  const stay = () => {
    if (!map || !page.classList.contains("shows-map")) return;
    byHand = true;
    keep();
  };

  // The map's code is on its way, or here.
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
    if (kept() && !wide.matches) show("map");
    startIfSeen();
  };

  begin();
})();
