// Shows times in the zone and language of the rider's device, and runs the clocks of the ride and of
// the reservation. Without this script, times are in the city's zone, which they name.
(() => {
  "use strict";

  const { formatOptions, elapsedText, leftText, untilNextSecond, untilSecondIsOver, stopwatch } =
    window.movrTimes;

  const now = new Date();
  for (const time of document.querySelectorAll("time[data-time]")) {
    const moment = new Date(time.dateTime);
    const format = new Intl.DateTimeFormat(undefined, formatOptions(time.dataset.time, moment, now));
    time.textContent = format.format(moment);
    // The device's language may differ from the page's.
    time.lang = format.resolvedOptions().locale;
  }

  const steady = () => performance.now();
  // `write` shows the time and returns how many milliseconds it stays right; 0 for ever.
  const run = (write) => {
    let next = 0;
    const tick = () => {
      const wait = write();
      clearTimeout(next);
      if (wait > 0) next = setTimeout(tick, wait);
    };
    tick();
    // A hidden page shows the right time as soon as it is visible again.
    document.addEventListener("visibilitychange", tick);
    window.addEventListener("pageshow", tick);
  };

  for (const timer of document.querySelectorAll("[data-elapsed-ms]")) {
    // The server's clock decides how long the ride has lasted.
    const elapsed = stopwatch(Number(timer.dataset.elapsedMs), steady, Date.now);
    run(() => {
      const elapsedMs = elapsed();
      timer.textContent = elapsedText(elapsedMs);
      return untilNextSecond(elapsedMs);
    });
  }

  for (const timer of document.querySelectorAll("[data-left-ms]")) {
    const passed = stopwatch(0, steady, Date.now);
    run(() => {
      const leftMs = Math.max(Number(timer.dataset.leftMs) - passed(), 0);
      timer.textContent = timer.dataset.textLeft.replace("{time}", leftText(leftMs));
      return untilSecondIsOver(leftMs);
    });
  }

  // An action with a time limit disappears when its time is over, unless it has the focus: then the
  // response says that it is too late.
  for (const part of document.querySelectorAll("[data-shown-for-ms]")) {
    const passed = stopwatch(0, steady, Date.now);
    run(() => {
      const leftMs = Number(part.dataset.shownForMs) - passed();
      if (leftMs <= 0) part.hidden = !part.contains(document.activeElement);
      return leftMs;
    });
  }
})();
