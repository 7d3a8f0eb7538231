// "Use my location" in the choice of a city: asks the browser for the location only on a click,
// keeps it in the browser, and presses the button of the nearest city.
(() => {
  "use strict";

  const LOCATION_TIMEOUT_MS = 10_000;

  const { nearest } = window.movrGeography;

  const cityOf = (button) => ({
    button,
    latitude: Number(button.dataset.latitude),
    longitude: Number(button.dataset.longitude),
  });

  for (const part of document.querySelectorAll("[data-locate]")) {
    if (!navigator.geolocation) continue;
    const cities = [...part.closest("form").querySelectorAll("[data-latitude]")].map(cityOf);
    const status = part.querySelector("[role=status]");
    part.hidden = false;
    part.querySelector("button").addEventListener("click", () => {
      status.textContent = part.dataset.textLooking;
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => nearest(cities, coords).button.click(),
        () => {
          status.textContent = part.dataset.textFailed;
        },
        { timeout: LOCATION_TIMEOUT_MS, maximumAge: 300_000 },
      );
    });
  }
})();
