// Times as the rider's own device writes them, in its zone and language, and the running ride's
// clock. Without this script every time is that of the city, with its zone.
(() => {
  "use strict";

  const { formatOptions, elapsedText, untilNextSecond, stopwatch } = window.movrTimes;

  const now = new Date();
  for (const time of document.querySelectorAll("time[data-time]")) {
    const moment = new Date(time.dateTime);
    const format = new Intl.DateTimeFormat(undefined, formatOptions(time.dataset.time, moment, now));
    time.textContent = format.format(moment);
    // The page is in English, this need not be.
    time.lang = format.resolvedOptions().locale;
  }

  for (const timer of document.querySelectorAll("[data-elapsed-ms]")) {
    // The server says how long the ride has lasted.
    const elapsed = stopwatch(Number(timer.dataset.elapsedMs), () => performance.now(), Date.now);
    let next = 0;
    const tick = () => {
      const elapsedMs = elapsed();
      timer.textContent = elapsedText(elapsedMs);
      clearTimeout(next);
      next = setTimeout(tick, untilNextSecond(elapsedMs));
    };
    tick();
    // A page that was out of sight is right at once, not with its next tick.
    document.addEventListener("visibilitychange", tick);
    window.addEventListener("pageshow", tick);
  }

  // What can be done for a short time only goes when it is over, unless somebody is just at it: then
  // the answer says so.
  for (const part of document.querySelectorAll("[data-shown-for-ms]")) {
    setTimeout(() => {
      part.hidden = !part.contains(document.activeElement);
    }, Number(part.dataset.shownForMs));
  }
})();
