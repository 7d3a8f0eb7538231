// Shows times in the zone and language of the rider's device, and runs the clock of the ride.
// Without this script, times are in the city's zone, which they name.
(() => {
  "use strict";

  const { formatOptions, elapsedText, untilNextSecond, stopwatch } = window.movrTimes;

  const now = new Date();
  for (const time of document.querySelectorAll("time[data-time]")) {
    const moment = new Date(time.dateTime);
    const format = new Intl.DateTimeFormat(undefined, formatOptions(time.dataset.time, moment, now));
    time.textContent = format.format(moment);
    // The device's language may differ from the page's.
    time.lang = format.resolvedOptions().locale;
  }

  for (const timer of document.querySelectorAll("[data-elapsed-ms]")) {
    // The server's clock decides how long the ride has lasted.
    const elapsed = stopwatch(Number(timer.dataset.elapsedMs), () => performance.now(), Date.now);
    let next = 0;
    const tick = () => {
      const elapsedMs = elapsed();
      timer.textContent = elapsedText(elapsedMs);
      clearTimeout(next);
      next = setTimeout(tick, untilNextSecond(elapsedMs));
    };
    tick();
    // A hidden page shows the right time as soon as it is visible again.
    document.addEventListener("visibilitychange", tick);
    window.addEventListener("pageshow", tick);
  }

  // An action with a time limit disappears when its time is over, unless it has the focus: then the
  // response says that it is too late.
  for (const part of document.querySelectorAll("[data-shown-for-ms]")) {
    setTimeout(() => {
      part.hidden = !part.contains(document.activeElement);
    }, Number(part.dataset.shownForMs));
  }
})();
