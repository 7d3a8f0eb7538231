// "Use my location" in the choice of a city: the browser is asked only when the rider asks for it,
// and the place does not leave the browser. The nearest city's own button is pressed.
(() => {
  "use strict";

  const PATIENCE_MS = 10_000;

  const radians = (degrees) => (degrees * Math.PI) / 180;

  // The haversine of the angle between two places: it grows with their distance.
  const apart = (here, latitude, longitude) =>
    Math.sin(radians(latitude - here.latitude) / 2) ** 2 +
    Math.cos(radians(here.latitude)) *
      Math.cos(radians(latitude)) *
      Math.sin(radians(longitude - here.longitude) / 2) ** 2;

  const nearest = (cities, here) =>
    cities.reduce((best, city) => (distance(city, here) < distance(best, here) ? city : best));

  const distance = (city, here) =>
    apart(here, Number(city.dataset.latitude), Number(city.dataset.longitude));

  for (const part of document.querySelectorAll("[data-locate]")) {
    if (!navigator.geolocation) continue;
    const cities = [...part.closest("form").querySelectorAll("[data-latitude]")];
    const status = part.querySelector("[role=status]");
    part.hidden = false;
    part.querySelector("button").addEventListener("click", () => {
      status.textContent = "Looking for you ...";
      navigator.geolocation.getCurrentPosition(
        ({ coords }) => nearest(cities, coords).click(),
        () => {
          status.textContent = "Your browser does not say where you are. Choose a city instead.";
        },
        { timeout: PATIENCE_MS, maximumAge: 300_000 },
      );
    });
  }
})();
