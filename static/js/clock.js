// Times as the rider's own device writes them, in its zone and language, and the running ride's
// clock. Without this script every time is that of the city, with its zone.
(() => {
  "use strict";

  const DATE = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
  const TIME = { hour: "numeric", minute: "2-digit" };
  const FULL = { ...DATE, ...TIME };
  const ZONED = { ...FULL, timeZoneName: "short" };

  const isToday = (moment) => moment.toDateString() === new Date().toDateString();

  const partsOf = (moment, shown) => {
    if (shown === "zoned") return ZONED;
    return shown === "since" && isToday(moment) ? TIME : FULL;
  };

  for (const time of document.querySelectorAll("time[data-time]")) {
    const moment = new Date(time.dateTime);
    const format = new Intl.DateTimeFormat(undefined, partsOf(moment, time.dataset.time));
    time.textContent = format.format(moment);
    // The page is in English, this need not be.
    time.lang = format.resolvedOptions().locale;
  }

  // The server says how long the ride has lasted: whether the device's clock is right does not
  // matter, only how far it goes. In a phone that sleeps the steady clock may stop, and a clock
  // that is put right may go back: the one that is ahead counts.
  const steady = performance.now();
  const wall = Date.now();
  const sinceLoaded = () => Math.max(performance.now() - steady, Date.now() - wall);

  const twoDigits = (number) => String(number).padStart(2, "0");

  const written = (elapsed) => {
    const seconds = Math.floor(elapsed / 1000);
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    const rest = twoDigits(seconds % 60);
    return hours ? `${hours}:${twoDigits(minutes % 60)}:${rest}` : `${minutes}:${rest}`;
  };

  for (const timer of document.querySelectorAll("[data-elapsed-ms]")) {
    const before = Number(timer.dataset.elapsedMs);
    let next = 0;
    const tick = () => {
      const elapsed = before + sinceLoaded();
      timer.textContent = written(elapsed);
      clearTimeout(next);
      // To when the second is full, so that none is skipped.
      next = setTimeout(tick, 1000 - (elapsed % 1000));
    };
    tick();
    // A page that was out of sight is right at once, not with its next tick.
    document.addEventListener("visibilitychange", tick);
    window.addEventListener("pageshow", tick);
  }
})();
