// Picks the place of a form: on the map, by "Use my location", or by the name of a known place. The
// next rider reads the description; the pin makes it exact.
(() => {
  "use strict";

  const { metresBetween, nearest } = window.movrGeography;

  const LOCATION_TIMEOUT_MS = 10_000;
  const NEAR_M = 1500;
  const SAME_M = 2;
  const ZOOM_OF_CITY = 13;
  const DIGITS = 5;
  const NUMBERS = new Intl.NumberFormat(document.documentElement.lang, {
    maximumSignificantDigits: 2,
  });

  const wire = (part) => {
    const form = part.closest("form");
    const texts = part.dataset;
    const words = form.elements.location;
    const fields = [form.elements.latitude, form.elements.longitude];
    const shown = form.elements.pin_shown;
    const box = part.querySelector("[data-map]");
    const status = part.querySelector("[data-place-status]");
    const opener = part.querySelector("[data-open-map]");
    const remover = part.querySelector("[data-remove-pin]");
    const known = [...(words.list?.options ?? [])].map((option) => ({
      name: option.value,
      latitude: Number(option.dataset.latitude),
      longitude: Number(option.dataset.longitude),
    }));
    const centre = { latitude: Number(texts.latitude), longitude: Number(texts.longitude) };
    let map = null;
    // The description that this script has written, and may therefore replace.
    let proposed = "";
    // Whether the pin follows from the description: then it is removed when that changes.
    let isOfWords = false;

    // The last message; a note about a missing map background is added to it.
    let said = "";
    let tilesFail = false;

    const say = (sentence) => {
      said = sentence;
      const tiles = tilesFail && !box.hidden ? texts.textNoTiles : "";
      status.textContent = [sentence, tiles].filter(Boolean).join(" ");
    };

    // As if somebody had typed, for scripts that keep what is in the form.
    let isTelling = false;
    const tellOfChange = () => {
      isTelling = true;
      words.dispatchEvent(new Event("input", { bubbles: true }));
      isTelling = false;
    };

    // With a pin, the form is not sent "anyway".
    const forgetQuestion = () => {
      const button = form.querySelector("[data-with-pin]");
      if (!button) return;
      button.value = button.dataset.withPin;
      form.querySelector("[data-without-pin]")?.remove();
    };

    const picked = () => {
      const [latitude, longitude] = fields.map((field) => field.value);
      return latitude && longitude
        ? { latitude: Number(latitude), longitude: Number(longitude) }
        : null;
    };

    const drag = (latitude, longitude) => pick({ latitude, longitude });

    const put = (spot, look = true) => {
      fields[0].value = spot ? spot.latitude.toFixed(DIGITS) : "";
      fields[1].value = spot ? spot.longitude.toFixed(DIGITS) : "";
      remover.hidden = !spot;
      isOfWords = false;
      if (spot) forgetQuestion();
      tellOfChange();
      map?.setPlace(spot, { name: box.dataset.textPicked, drag, look });
    };

    const placeNamed = (text) =>
      known.find((place) => place.name.toLowerCase() === text.trim().toLowerCase());

    const isAt = (spot, place) => Boolean(spot && place) && metresBetween(spot, place) < SAME_M;

    // A description that names another place than the pin's would mislead; others may fit the pin.
    const propose = (spot) => {
      const place = nearest(known, spot);
      const mayReplace =
        !words.value.trim() || words.value === proposed || placeNamed(words.value);
      if (!mayReplace) return;
      const isNear = place && metresBetween(spot, place) <= NEAR_M;
      proposed = isNear ? texts.textNear.replace("{place}", () => place.name) : "";
      words.value = proposed;
      tellOfChange();
    };

    // The server would refuse a pin so far away. Say so at once, and leave the pin where it was.
    const isTooFar = (spot) => {
      const km = metresBetween(spot, centre) / 1000;
      if (km <= Number(texts.furthestKm)) return false;
      say(texts.textFar.replace("{distance}", () => NUMBERS.format(km)));
      return true;
    };

    const pick = (spot, how = texts.textSet, look = false) => {
      if (isTooFar(spot)) {
        put(picked(), false);
        return;
      }
      put(spot, look);
      propose(spot);
      say(`${how} ${words.value ? texts.textCheck : texts.textDescribe}`);
    };

    const create = (movrMap) => {
      const spot = picked();
      map = movrMap.create(box, {
        ...centre,
        zoom: ZOOM_OF_CITY,
        onTilesFail: () => {
          if (tilesFail) return;
          tilesFail = true;
          say(said);
        },
      });
      map.onPress(drag);
      const named = placeNamed(words.value);
      put(spot ?? named ?? null);
      isOfWords = isAt(spot ?? named, named);
    };

    const giveUp = () => {
      box.hidden = opener.hidden = true;
      say(texts.textNoMap);
    };

    // Show the box once the code is loaded, so that it can be tapped at once.
    const open = async () => {
      try {
        const movrMap = await window.movrMapCode.load();
        box.hidden = false;
        opener.setAttribute("aria-expanded", "true");
        if (!map) create(movrMap);
      } catch {
        giveUp();
      }
    };

    opener.addEventListener("click", () => {
      if (box.hidden) {
        open();
        say(texts.textTap);
      } else {
        box.hidden = true;
        opener.setAttribute("aria-expanded", "false");
        say("");
      }
    });

    remover.addEventListener("click", () => {
      put(null);
      say(texts.textRemoved);
      words.focus();
    });

    const locator = part.querySelector("[data-use-location]");
    if (!navigator.geolocation) locator.hidden = true;
    locator.addEventListener("click", () => {
      say(texts.textLooking);
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => {
          if (isTooFar(coords)) return;
          open();
          pick(coords, texts.textHere, true);
        },
        () => say(texts.textFailed),
        { enableHighAccuracy: true, timeout: LOCATION_TIMEOUT_MS },
      );
    });

    // A known place by its name moves the pin there, and gives it back if the words go on. On each
    // keystroke, not on leaving the field: the message would move the button that is being pressed.
    let earlier = null;
    let name = "";
    const beginAlike = (one, other) => one.startsWith(other) || other.startsWith(one);
    words.addEventListener("input", () => {
      if (isTelling) return;
      const place = placeNamed(words.value);
      if (place && picked()) {
        if (!isOfWords) earlier = picked();
        name = place.name.toLowerCase();
        put(place);
        isOfWords = true;
        say(texts.textNamed.replace("{place}", () => place.name));
      } else if (isOfWords) {
        const back = beginAlike(words.value.trim().toLowerCase(), name) ? earlier : null;
        put(back);
        say(back ? texts.textSet : texts.textGone);
        earlier = null;
      }
    });

    // From now on, no pin means that there is none. A pin picked before the page came back stays.
    if (shown && !shown.value) {
      shown.value = "1";
      const { pinLatitude, pinLongitude } = part.dataset;
      if (pinLatitude) put({ latitude: Number(pinLatitude), longitude: Number(pinLongitude) });
    }
    remover.hidden = !picked();
    if (picked()) open();
    part.querySelector("[data-place-picker-tools]").hidden = false;
  };

  for (const part of document.querySelectorAll("[data-place-picker]")) wire(part);
})();
