// What scripts reckon with times: how much of a moment is written, and how long something lasts.
// Nothing here knows a page; tests/scripts has its tests.
(() => {
  "use strict";

  const DATE = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
  const TIME = { hour: "numeric", minute: "2-digit" };
  const FULL = { ...DATE, ...TIME };
  const ZONED = { ...FULL, timeZoneName: "short" };

  // What Intl.DateTimeFormat is asked for. "since" leaves out the date of today, as the device has
  // it; "zoned" names the zone.
  const formatOptions = (style, moment, now) => {
    if (style === "zoned") return ZONED;
    const isToday = moment.toDateString() === now.toDateString();
    return style === "since" && isToday ? TIME : FULL;
  };

  const twoDigits = (number) => String(number).padStart(2, "0");

  // 0:07, 59:59, 1:00:00, 25:00:00
  const elapsedText = (elapsedMs) => {
    const seconds = Math.floor(elapsedMs / 1000);
    const minutes = Math.floor(seconds / 60);
    const hours = Math.floor(minutes / 60);
    const rest = twoDigits(seconds % 60);
    return hours ? `${hours}:${twoDigits(minutes % 60)}:${rest}` : `${minutes}:${rest}`;
  };

  // How long to wait until the next second is full, so that none is skipped.
  const untilNextSecond = (elapsedMs) => 1000 - (elapsedMs % 1000);

  // A function that says how many milliseconds have passed since, on top of those before. Whether a
  // clock is right does not matter, only how far it goes. In a phone that sleeps the steady clock
  // may stop, and a clock on the wall that is put right may go back: the one that is ahead counts.
  const stopwatch = (beforeMs, steadyClock, wallClock) => {
    const [steady, wall] = [steadyClock(), wallClock()];
    return () => beforeMs + Math.max(steadyClock() - steady, wallClock() - wall);
  };

  globalThis.movrTimes = { formatOptions, elapsedText, untilNextSecond, stopwatch };
})();
