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
  const { contains, covers, metresBetween, nearest, tileBounds, viewOfSingles } = movrGeography;
  const { viewToHash, hashToView, listNear, vehiclesWithin } = movrMapUrls;

  const PAUSE_MS = 200;
  const FRESH_MS = 60_000;
  const PATIENCE_MS = 10_000;
  const ZOOM_OF_CITY = 13;
  const ZOOM_OF_STREETS = 15;
  // So many stand alone in the first view, with so much room around them.
  const FIRST_SHOWN = 8;
  const ROOM_PX = 64;
  // The view that comes first, in the map's turn.
  const ANY_VIEW = "#map";
  const ID_LENGTH = 36;
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
  const counted = (forms, count, others) =>
    fill(JSON.parse(forms)[formOf.select(count)], { count, ...others });
  const vehicleName = ({ type, color }) => {
    const text = { bike: texts.textBike, scooter: texts.textScooter }[type] ?? texts.textSkateboard;
    const name = fill(text, { color: color.toLowerCase() });
    return name[0].toUpperCase() + name.slice(1);
  };

  // "350 m", "1.2 km", as the language of the page writes it.
  const inUnit = (unit, digits) =>
    new Intl.NumberFormat(document.documentElement.lang, {
      style: "unit",
      unit,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  const distance = (metres) =>
    metres < 995
      ? inUnit("meter", 0).format(Math.max(10, Math.round(metres / 10) * 10))
      : inUnit("kilometer", 1).format(metres / 1000);

  const element = (tag, className, content = "") => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = content;
    return made;
  };

  // --- Pins ---

  // Those of the list show how a ride is started; others differ by their id, and by the list that
  // they are on.
  const someStart = page.querySelector("#start-ride [formaction]");
  const someLogin = page.querySelector("[data-vehicle] a.btn");

  const startButton = (vehicle) => {
    const start = entries.get(vehicle.id)?.querySelector("[formaction]") ?? someStart;
    // Outside the form of the list, of which it is a button all the same.
    const button = element("button", start.className, start.textContent);
    const path = start.getAttribute("formaction").slice(0, -ID_LENGTH);
    button.setAttribute("form", start.form.id);
    button.setAttribute("formaction", path + vehicle.id);
    return button;
  };

  const rideLink = (vehicle, around) => {
    const link = element("a", "btn btn-primary", texts.textRide);
    const login = new URL(someLogin.href);
    const { pathname, search } = around;
    login.searchParams.set("next", `${pathname}${search}#v${vehicle.id}`);
    link.href = entries.get(vehicle.id)?.querySelector("a.btn")?.href ?? login;
    return link;
  };

  const wayToRide = (vehicle) => {
    const isFree = vehicle.status === "available";
    if (isFree && someStart) return startButton(vehicle);
    const around = listNear(page.dataset.list, location.href, vehicle);
    if (isFree && someLogin) return rideLink(vehicle, around);
    if (entries.has(vehicle.id)) return null;
    const link = element("a", "btn btn-outline-primary", texts.textFind);
    link.href = around;
    return link;
  };

  const popupOf = (vehicle) => {
    const popup = element("div", "map-popup");
    popup.append(element("strong", "", vehicle.title), element("p", "", vehicle.location));
    const free = vehicle.status === "available";
    const use = free ? texts.textAvailable : texts.textInUse;
    popup.append(element("span", `status status-${vehicle.status}`, use));
    if (here) popup.append(element("strong", "map-distance", distance(metresBetween(here, vehicle))));
    const way = wayToRide(vehicle);
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
      type: /vehicle-icon-(\w+)/.exec(entry.querySelector(".vehicle-icon").className)[1],
      status: entry.classList.contains("is-unavailable") ? "unavailable" : "available",
      title: entry.querySelector(".vehicle-card-title").textContent.trim(),
      location: entry.querySelector(".card-place").textContent.trim(),
      latitude: Number(entry.dataset.latitude),
      longitude: Number(entry.dataset.longitude),
    }));

  const nameOfMany = (many) => {
    const available = many.filter(({ status }) => status === "available").length;
    return counted(texts.textGroup, many.length, { available });
  };

  const fromFeature = ({ geometry, properties }) => ({
    ...properties,
    title: vehicleName(properties),
    longitude: geometry.coordinates[0],
    latitude: geometry.coordinates[1],
  });

  // --- What is in view ---

  let map = null;
  // Where the rider is, if that was asked for.
  let here = null;
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
    button.setAttribute("aria-label", fill(texts.textShow, { place: button.textContent.trim() }));
    place.append(button);
    button.addEventListener("click", () => {
      show("map");
      starting?.then(() => map?.open(id, button));
      if (!wide.matches) page.scrollIntoView({ block: "start" });
    });
  };

  // --- The view of the map ---

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

  // Around the rider, if that was asked for; else where single vehicles can be told apart.
  const showFirst = () => {
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
      { timeout: PATIENCE_MS, maximumAge: 60_000 },
    );
  };

  const addLocator = () => {
    if (!navigator.geolocation) return;
    const button = element("button", "map-locate");
    button.type = "button";
    button.append(element("span", "icon icon-pin"), element("span", "visually-hidden", texts.textLocate));
    button.addEventListener("click", locate);
    box.after(button);
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
    if (nearLatitude) {
      here = { latitude: Number(nearLatitude), longitude: Number(nearLongitude) };
      map.markHere(here, texts.textHere);
    }
    draw([]);
    if (!stand) showFirst();
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
    if ((kept() || location.hash === ANY_VIEW) && !wide.matches) show("map");
    startIfSeen();
  };

  begin();
})();
