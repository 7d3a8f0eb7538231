// The pins of the map beside the list of vehicles: their names, and what they show when opened.
(() => {
  "use strict";

  const { metresBetween, pointOf } = window.movrGeography;
  const { listNear } = window.movrMapUrls;
  const ID_LENGTH = 36;
  const LANGUAGE = document.documentElement.lang;

  const element = (tag, className, content = "") => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = content;
    return made;
  };

  const fill = (text, values) => text.replaceAll(/\{(\w+)\}/g, (_, name) => values[name]);
  const formOf = new Intl.PluralRules(LANGUAGE);
  const counted = (forms, count, others) => {
    const lines = forms.split("\n");
    return fill(lines[lines.indexOf(formOf.select(count)) + 1], { count, ...others });
  };

  // "350 m", "1.2 km", as the language of the page writes it.
  const inUnit = (unit, digits) =>
    new Intl.NumberFormat(LANGUAGE, {
      style: "unit",
      unit,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
  const distance = (metres) =>
    metres < 995
      ? inUnit("meter", 0).format(Math.max(10, Math.round(metres / 10) * 10))
      : inUnit("kilometer", 1).format(metres / 1000);

  // `page` has the texts, `entries` are the vehicles of its list by id, and `whereIsRider` returns a
  // point, or null if it is not known.
  window.movrVehiclePins = (page, entries, whereIsRider) => {
    const texts = page.dataset;
    // Other vehicles get a copy of one of these, with their own id.
    const someStart = page.querySelector("#start-ride [formaction]");
    const someLogin = page.querySelector("[data-vehicle] a.btn");

    const vehicleName = ({ type, color }) => {
      const { textBike: bike, textScooter: scooter, textSkateboard: skateboard } = texts;
      const name = fill({ bike, scooter, skateboard }[type], { color: color.toLowerCase() });
      return name[0].toUpperCase() + name.slice(1);
    };

    // The button is outside the list's form, but sends it.
    const startButton = (vehicle) => {
      const start = entries.get(vehicle.id)?.querySelector("[formaction]") ?? someStart;
      const button = element("button", start.className, start.textContent);
      const path = start.getAttribute("formaction").slice(0, -ID_LENGTH);
      button.setAttribute("form", start.form.id);
      button.setAttribute("formaction", path + vehicle.id);
      return button;
    };

    const rideLink = (vehicle, around) => {
      const link = element("a", "btn btn-primary", someLogin.textContent);
      const login = new URL(someLogin.href);
      const { pathname, search } = around;
      login.searchParams.set("next", `${pathname}${search}#v${vehicle.id}`);
      link.href = entries.get(vehicle.id)?.querySelector("a.btn")?.href ?? login;
      return link;
    };

    const wayToRide = (vehicle) => {
      const isAvailable = vehicle.status === "available";
      if (isAvailable && someStart) return startButton(vehicle);
      const around = listNear(page.dataset.list, location.href, vehicle);
      if (isAvailable && someLogin) return rideLink(vehicle, around);
      if (entries.has(vehicle.id)) return null;
      const link = element("a", "btn btn-outline-primary", texts.textFind);
      link.href = around;
      return link;
    };

    // The text for the vehicle's status.
    const said = ({ status }, available, reserved, inUse) =>
      ({ available, reserved })[status] ?? inUse;

    const popupOf = (vehicle) => {
      const popup = element("div", "map-popup");
      popup.append(element("strong", "", vehicle.title), element("p", "", vehicle.location));
      const use = said(vehicle, texts.textAvailable, texts.textReserved, texts.textInUse);
      popup.append(element("span", `status status-${vehicle.status}`, use));
      const rider = whereIsRider();
      if (rider) {
        popup.append(element("strong", "map-distance", distance(metresBetween(rider, vehicle))));
      }
      const way = wayToRide(vehicle);
      if (way) popup.append(way);
      return popup;
    };

    const pinOf = (vehicle) => {
      const { textPinAvailable, textPinReserved, textPinInUse } = texts;
      const text = said(vehicle, textPinAvailable, textPinReserved, textPinInUse);
      const name = fill(text, { vehicle: vehicle.title, place: vehicle.location });
      // A pin with the same `about` looks the same, and is not drawn again.
      const about = [name, vehicle.latitude, vehicle.longitude].join();
      return { ...vehicle, name, about, popup: () => popupOf(vehicle) };
    };

    const statusOf = (classes) => {
      if (classes.contains("is-reserved")) return "reserved";
      return classes.contains("is-unavailable") ? "unavailable" : "available";
    };

    const listed = [...entries.values()]
      .filter((entry) => entry.dataset.vehicle)
      .map((entry) => ({
        id: entry.id.slice(1),
        type: /vehicle-icon-(\w+)/.exec(entry.querySelector(".vehicle-icon").className)[1],
        status: statusOf(entry.classList),
        title: entry.querySelector(".vehicle-card-title").textContent.trim(),
        location: entry.querySelector(".card-place").textContent.trim(),
        ...pointOf(entry.dataset.vehicle),
      }));

    // The map's source is the same for everybody: it calls the rider's own vehicle reserved, too.
    const own = document.querySelector("[data-reserved]")?.dataset.reserved;

    const fromFeature = ({ geometry, properties }) => ({
      ...properties,
      status: properties.id === own ? "available" : properties.status,
      title: vehicleName(properties),
      longitude: geometry.coordinates[0],
      latitude: geometry.coordinates[1],
    });

    const nameOfMany = (many) => {
      const available = many.filter(({ status }) => status === "available").length;
      return counted(texts.textGroup, many.length, { available });
    };

    const countInView = (count) => counted(texts.textInView, count);

    return { listed, pinOf, fromFeature, nameOfMany, countInView, element };
  };
})();
