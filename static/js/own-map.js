// The map of an owner's vehicles, above their list: it shows what the cards say, and its pins lead to
// them. Its code is loaded when it is opened.
(() => {
  "use strict";

  const fold = document.querySelector("[data-own-map]");
  const { movrMapCode, movrGeography } = window;
  if (!movrMapCode || !movrGeography) {
    fold.hidden = true;
    return;
  }

  const ZOOM_OF_STREETS = 15;
  const texts = fold.dataset;
  const status = fold.querySelector("[data-said]");
  const cards = [...document.querySelectorAll("[data-own]")];

  const textOf = (card, part) => card.querySelector(part)?.textContent.trim();

  const popupOf = (card) => {
    const popup = document.createElement("div");
    popup.className = "map-popup";
    const title = document.createElement("strong");
    title.textContent = textOf(card, ".vehicle-card-title");
    const parts = [".card-number", ".card-place", ".status"].map((part) => card.querySelector(part));
    const copies = parts.filter(Boolean).map((part) => part.cloneNode(true));
    const link = document.createElement("a");
    link.className = "btn btn-outline-primary";
    link.href = `#${card.id}`;
    link.textContent = texts.textFind;
    popup.append(title, ...copies, link);
    return popup;
  };

  const pinOf = (card) => {
    const parts = [".vehicle-card-title", ".card-number", ".card-place", ".status"];
    const name = parts.map((part) => textOf(card, part)).filter(Boolean).join(", ");
    return {
      ...movrGeography.pointOf(card.dataset.own),
      id: card.id,
      type: /vehicle-icon-(\w+)/.exec(card.querySelector(".vehicle-icon").className)[1],
      status: card.dataset.state,
      name,
      about: name,
      popup: () => popupOf(card),
    };
  };

  const nameOfMany = (pins) => {
    const problems = pins.filter((pin) => pin.status === "problem").length;
    const text = problems ? texts.textProblems : texts.textGroup;
    return text.replace("{count}", pins.length).replace("{problems}", problems);
  };

  let map = null;

  const start = (movrMap) => {
    // Closed in the meantime, the map would have no size.
    if (map || !fold.open) return;
    const pins = cards.map(pinOf);
    map = movrMap.create(fold.querySelector("[data-map]"), {
      ...pins[0],
      zoom: ZOOM_OF_STREETS,
      nameOfMany,
      onTilesFail: () => { status.textContent = texts.textNoTiles; },
    });
    if (pins.length > 1) map.fit(pins);
    map.setPins(pins, () => {});
  };

  fold.addEventListener("toggle", () => {
    if (!fold.open || map) return;
    movrMapCode.load().then(start).catch(() => {
      fold.classList.add("has-no-map");
      status.textContent = texts.textFailed;
    });
  });
})();
