// How moments and durations are written, and that a stopwatch trusts the clock that is ahead.
import assert from "node:assert/strict";
import { test } from "node:test";

import "../../static/js/times.js";

const { formatOptions, elapsedText, leftText, untilNextSecond, untilSecondIsOver, stopwatch } =
  globalThis.movrTimes;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const written = (style, moment, now) =>
  new Intl.DateTimeFormat("en-GB", formatOptions(style, moment, now)).format(moment);

test("a moment is written with its date, and with its zone where that is asked for", () => {
  const moment = new Date(2026, 10, 21, 13, 30);
  const now = new Date(2026, 10, 21, 14, 0);
  assert.match(written("full", moment, now), /^Sat,? 21 Nov 2026,? (at )?13:30$/);
  assert.match(written("zoned", moment, now), /^Sat,? 21 Nov 2026,? (at )?13:30 \S+/);
});

test("what began today is told by the clock alone, what began before midnight is not", () => {
  const evening = new Date(2026, 10, 20, 23, 59);
  assert.equal(written("since", evening, new Date(2026, 10, 20, 0, 0)), "23:59");
  assert.match(written("since", evening, new Date(2026, 10, 21, 0, 0)), /20 Nov 2026/);
  assert.match(written("since", evening, new Date(2025, 10, 20, 23, 59)), /20 Nov 2026/);
});

test("what is minutes away is told by the clock alone, also across midnight", () => {
  const afterMidnight = new Date(2026, 10, 23, 0, 1);
  assert.match(written("clock", afterMidnight, new Date(2026, 10, 22, 23, 51)), /^0?0:01$/);
});

test("a duration has hours only from the first on, and never more than 59 minutes or seconds", () => {
  const expected = new Map([
    [0, "0:00"],
    [999, "0:00"],
    [SECOND, "0:01"],
    [MINUTE - 1, "0:59"],
    [MINUTE, "1:00"],
    [HOUR - 1, "59:59"],
    [HOUR, "1:00:00"],
    [HOUR + 2 * MINUTE + 3 * SECOND, "1:02:03"],
    [25 * HOUR, "25:00:00"],
    [100 * HOUR, "100:00:00"],
  ]);
  for (const [elapsed, text] of expected) assert.equal(elapsedText(elapsed), text);
});

test("the next second is waited for from wherever this one stands", () => {
  assert.deepEqual([0, 1, 999, 1000, 61_250].map(untilNextSecond), [1000, 999, 1, 1000, 750]);
});

test("a stopwatch goes on from what had passed, whatever the clocks say it is", () => {
  const clocks = { steady: 5 * SECOND, wall: Date.UTC(2001, 1, 3) };
  const elapsed = stopwatch(HOUR, () => clocks.steady, () => clocks.wall);
  assert.equal(elapsed(), HOUR);
  clocks.steady += 1500;
  clocks.wall += 1500;
  assert.equal(elapsed(), HOUR + 1500);
});

test("a stopwatch is right after a sleep, in which the steady clock stood still", () => {
  const clocks = { steady: 0, wall: 0 };
  const elapsed = stopwatch(0, () => clocks.steady, () => clocks.wall);
  clocks.wall += 24 * HOUR;
  assert.equal(elapsed(), 24 * HOUR);
});

test("a stopwatch does not go back with a wall clock that is put right", () => {
  const clocks = { steady: 0, wall: 10 * HOUR };
  const elapsed = stopwatch(0, () => clocks.steady, () => clocks.wall);
  clocks.steady += MINUTE;
  clocks.wall -= HOUR;
  assert.equal(elapsed(), MINUTE);
});

test("a countdown begins with all of its time, shows each second for a second, and ends at 0:00", () => {
  let leftMs = 10 * MINUTE;
  const shown = [];
  while (leftMs > 0) {
    shown.push(leftText(leftMs));
    const wait = untilSecondIsOver(leftMs);
    assert.ok(wait > 0 && wait <= SECOND);
    leftMs -= wait;
  }
  assert.equal(leftMs, 0);
  assert.equal(leftText(leftMs), "0:00");
  assert.equal(untilSecondIsOver(leftMs), 0);
  assert.equal(shown.length, 600);
  assert.equal(new Set(shown).size, 600);
  assert.deepEqual([shown[0], shown[1], shown[599]], ["10:00", "9:59", "0:01"]);
  assert.equal(leftText(61_001), "1:02");
  assert.equal(untilSecondIsOver(61_001), 1);
});
