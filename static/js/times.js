// Computes with times: how to format a moment, and how long something lasts. Nothing here uses a
// page; see tests/scripts.
(() => {
  "use strict";

  const DATE = { weekday: "short", day: "numeric", month: "short", year: "numeric" };
  const TIME = { hour: "numeric", minute: "2-digit" };
  const FULL = { ...DATE, ...TIME };
  const ZONED = { ...FULL, timeZoneName: "short" };

  // Options for Intl.DateTimeFormat. "since" leaves out today's date on the device, "clock" any;
  // "zoned" includes the time zone.
  const formatOptions = (style, moment, now) => {
    if (style === "zoned") return ZONED;
    if (style === "clock") return TIME;
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

  // How long to wait until the next full second, so that none is skipped.
  const untilNextSecond = (elapsedMs) => 1000 - (elapsedMs % 1000);

  // The time left, as a countdown shows it: 10:00 at the beginning, 0:00 only at the very end.
  const leftText = (leftMs) => elapsedText(Math.ceil(leftMs / 1000) * 1000);

  // How long a countdown shows the same time; 0 at its end.
  const untilSecondIsOver = (leftMs) => (leftMs > 0 ? ((leftMs - 1) % 1000) + 1 : 0);

  // Returns a function for the milliseconds since now, plus `beforeMs`. Clocks need not be right,
  // only advance: the steady clock may stop while a phone sleeps, and the wall clock may be set
  // back, so whichever is ahead counts.
  const stopwatch = (beforeMs, steadyClock, wallClock) => {
    const [steady, wall] = [steadyClock(), wallClock()];
    return () => beforeMs + Math.max(steadyClock() - steady, wallClock() - wall);
  };

  globalThis.movrTimes = {
    formatOptions,
    elapsedText,
    leftText,
    untilNextSecond,
    untilSecondIsOver,
    stopwatch,
  };
})();
