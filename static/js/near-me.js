// "Near me": asks for the list by distance. The browser is asked only when the rider asks for it,
// and what it says leaves it to some ten metres.
(() => {
  "use strict";

  const { listNear } = window.movrMapUrls;

  const PATIENCE_MS = 10_000;
  const part = document.querySelector("[data-near-me]");
  if (!part || !navigator.geolocation) return;

  const status = part.querySelector("[role=status]");
  part.hidden = false;
  part.querySelector("button").addEventListener("click", () => {
    status.textContent = part.dataset.textLooking;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        location.assign(listNear(part.dataset.nearMe, location.href, coords));
      },
      () => {
        status.textContent = part.dataset.textFailed;
      },
      { timeout: PATIENCE_MS, maximumAge: 60_000 },
    );
  });
})();
