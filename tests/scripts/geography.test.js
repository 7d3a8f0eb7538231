// Distances, bounds, tiles and clusters, against figures that were worked out elsewhere.
import assert from "node:assert/strict";
import { test } from "node:test";

import "../../static/js/geography.js";

const {
  pointOf, metresBetween, nearest, contains, covers, tileBounds, clusters, viewOfSingles, stopsOf,
} = globalThis.movrGeography;

const place = (latitude, longitude, name = "") => ({ latitude, longitude, name });
const bounds = (west, south, east, north) => ({ west, south, east, north });

const BOSTON = place(42.3601, -71.0589, "Boston");
const PARIS = place(48.8566, 2.3522, "Paris");
const ROME = place(41.9028, 12.4964, "Rome");

const within = (value, expected, tolerance) =>
  assert.ok(Math.abs(value - expected) <= tolerance, `${value} is not ${expected} ± ${tolerance}`);

test("a degree is a 360th of the way around the Earth", () => {
  within(metresBetween(place(0, 0), place(0, 1)), 111_195, 1);
  within(metresBetween(place(0, 0), place(1, 0)), 111_195, 1);
  within(metresBetween(place(60, 0), place(60, 1)), 55_596, 5);
  within(metresBetween(place(0, -180), place(0, 0)), 20_015_115, 10);
});

test("distances hold across an ocean, over the date line and at arm's length", () => {
  within(metresBetween(BOSTON, PARIS), 5_530_000, 10_000);
  within(metresBetween(place(0, 179.5), place(0, -179.5)), 111_195, 1);
  within(metresBetween(BOSTON, place(42.3601 + 0.00001, -71.0589)), 1.11, 0.01);
  assert.equal(metresBetween(BOSTON, BOSTON), 0);
});

test("the nearest place is found, the first of equals, and none among none", () => {
  assert.equal(nearest([BOSTON, PARIS, ROME], place(41.7325, 12.2805)), ROME);
  assert.equal(nearest([BOSTON, PARIS, ROME], place(51.5, -0.1)), PARIS);
  const [one, other] = [place(1, 1, "one"), place(1, 1, "other")];
  assert.equal(nearest([one, other], BOSTON), one);
  assert.equal(nearest([], BOSTON), null);
});

test("bounds contain what is inside and what is on their edges", () => {
  const box = bounds(-1, 50, 1, 52);
  for (const inside of [place(51, 0), place(50, -1), place(52, 1)]) assert.ok(contains(box, inside));
  for (const outside of [place(49.9, 0), place(52.1, 0), place(51, -1.1), place(51, 1.1)]) {
    assert.ok(!contains(box, outside));
  }
});

test("bounds cover themselves and smaller ones, and none that reach beyond one edge", () => {
  const box = bounds(-1, 50, 1, 52);
  assert.ok(covers(box, box));
  assert.ok(covers(box, bounds(-0.5, 50.5, 0.5, 51.5)));
  for (const beyond of [
    bounds(-1.1, 50, 1, 52),
    bounds(-1, 49.9, 1, 52),
    bounds(-1, 50, 1.1, 52),
    bounds(-1, 50, 1, 52.1),
  ]) {
    assert.ok(!covers(box, beyond));
  }
});

test("tiles are those of web maps", () => {
  // Tile 13/2479/3029, as OpenStreetMap numbers the one with Boston's centre.
  const spot = bounds(BOSTON.longitude, BOSTON.latitude, BOSTON.longitude, BOSTON.latitude);
  assert.deepEqual(tileBounds(spot, 13), bounds(-71.05957, 42.35854, -71.01563, 42.39101));
});

test("all tiles that a view touches are asked for, and by every view within them", () => {
  const one = bounds(-71.07, 42.35, -71.05, 42.36);
  const moved = bounds(-71.0704, 42.3502, -71.0504, 42.3602);
  assert.ok(covers(tileBounds(one, 15), one));
  assert.deepEqual(tileBounds(moved, 15), tileBounds(one, 15));
  assert.deepEqual(tileBounds(one, 15.9), tileBounds(one, 15));
});

test("no tile is smaller than the smallest, and none reaches beyond the world", () => {
  const one = bounds(-71.07, 42.35, -71.05, 42.36);
  assert.deepEqual(tileBounds(one, 22), tileBounds(one, 18));
  assert.deepEqual(tileBounds(bounds(-400, -85, 400, 85), 3), bounds(-180, -85.05113, 180, 85.05113));
  assert.deepEqual(tileBounds(one, -2), bounds(-180, -85.05113, 180, 85.05113));
});

test("places in one square of pixels are one cluster, in their order", () => {
  // At zoom 8 a square of 64 pixels has 0.3515625 degrees on each side.
  const [a, b, c] = [place(0.1, 0.1, "a"), place(0.5, 0.1, "b"), place(0.2, 0.3, "c")];
  assert.deepEqual(clusters([a, b, c], 8, 64), [[a, c], [b]]);
  assert.deepEqual(clusters([a, b, c], 10, 64), [[a], [b], [c]]);
  assert.deepEqual(clusters([a, b, c], 6, 64), [[a, b, c]]);
  assert.deepEqual(clusters([], 8, 64), []);
});

test("the equator and the prime meridian divide clusters as any other line does", () => {
  const around = [place(0.1, 0.1), place(-0.1, 0.1), place(0.1, -0.1), place(-0.1, -0.1)];
  assert.equal(clusters(around, 8, 64).length, 4);
});

test("the first view is the widest in which enough places stand alone", () => {
  const spot = (latitude, longitude) => ({ latitude, longitude });
  // Four on a street, some 170 metres from each other, and a crowd a kilometre further.
  const street = [0, 1, 2, 3].map((number) => spot(52.37, 4.89 + number * 0.0025));
  const crowd = [0, 1, 2, 3, 4].map((number) => spot(52.38, 4.89 + number * 0.00001));
  const size = { width: 600, height: 400 };
  const view = viewOfSingles([...street, ...crowd], [...street, ...crowd], size, 64, 4);
  assert.equal(view.count, 4);
  assert.equal(view.zoom, 16);
  assert.equal(view.latitude, 52.37);
  // Closer, if that is what it takes; and where nothing helps, the best there is.
  assert.equal(viewOfSingles(crowd, crowd, size, 64, 1).count, 0);
  assert.equal(viewOfSingles([], [], size, 64, 1), null);
});

test("a point is read as the pages write it", () => {
  assert.deepEqual(pointOf("52.3730,-4.8930"), { latitude: 52.373, longitude: -4.893 });
});

test("a ride has the stops that are known, and one if it ended where it began", () => {
  const [dam, spui] = [place(52.373, 4.893, "Dam"), place(52.369, 4.889, "Spui")];
  assert.deepEqual(stopsOf(dam, spui), [{ kind: "start", ...dam }, { kind: "end", ...spui }]);
  assert.deepEqual(stopsOf(dam, null), [{ kind: "start", ...dam }]);
  assert.deepEqual(stopsOf(null, spui), [{ kind: "end", ...spui }]);
  assert.deepEqual(stopsOf(dam, place(52.373, 4.893, "by the Dam")).map(({ kind }) => kind), ["end"]);
  assert.equal(stopsOf(dam, place(52.373, 4.889)).length, 2);
  assert.deepEqual(stopsOf(null, null), []);
});
