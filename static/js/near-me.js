// "Near me" sorts the list by distance. It asks the browser for the location only on a click, and
// rounds it to about ten metres before sending it.
(() => {
  "use strict";

  const { listNear } = window.movrMapUrls;

  const LOCATION_TIMEOUT_MS = 10_000;
  const part = document.querySelector("[data-near-me]");
  if (!part || !navigator.geolocation) return;

  // On a phone, keep showing the map.
  const turn = () => (document.querySelector(".shows-map") ? "#map" : "");

  const status = part.querySelector("[role=status]");
  part.hidden = false;
  const button = part.querySelector("button");
  button.addEventListener("click", () => {
    // Clicking again clears the filter.
    if (button.getAttribute("aria-pressed") === "true") {
      location.assign(part.dataset.nearMe + turn());
      return;
    }
    status.textContent = part.dataset.textLooking;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const url = listNear(part.dataset.nearMe, location.href, coords);
        url.hash = turn();
        location.assign(url);
      },
      () => {
        status.textContent = part.dataset.textFailed;
      },
      { timeout: LOCATION_TIMEOUT_MS, maximumAge: 60_000 },
    );
  });
})();
