// What URLs say of places, and what is made of URLs that somebody has typed.
import assert from "node:assert/strict";
import { test } from "node:test";

import "../../static/js/map-urls.js";

const { viewToHash, hashToView, listNear, vehiclesWithin } = globalThis.movrMapUrls;

const BASE = "https://movr.example/vehicles?city=paris#map=1/2/3";

test("a view survives being written into a hash", () => {
  const view = { zoom: 15, latitude: 42.3555, longitude: -71.06 };
  assert.equal(viewToHash(view), "#map=15/42.3555/-71.0600");
  assert.deepEqual(hashToView(viewToHash(view)), view);
});

test("a hash has whole zooms and some ten metres", () => {
  const view = { zoom: 14.6, latitude: 42.35555555, longitude: -0.00001 };
  assert.equal(viewToHash(view), "#map=15/42.3556/-0.0000");
});

test("a hash that is no view is none", () => {
  for (const hash of [
    "",
    "#main",
    "#map=",
    "#map=15/42.3555",
    "#map=15/42.3555/-71.06/1",
    "#map=1.5/42/71",
    "#map=15/42./71",
    "#map=15/42/1e3",
    "#map=-1/42/71",
    "#map=15/north/71",
    " #map=15/42/71",
  ]) {
    assert.equal(hashToView(hash), null, hash);
  }
});

test("a list is sorted around a place, whatever it was sorted around before", () => {
  const place = { latitude: 42.355512, longitude: -71.0656 };
  const url = listNear("/vehicles?type=bike&near=1,2", BASE, place);
  assert.equal(url.origin + url.pathname, "https://movr.example/vehicles");
  assert.deepEqual([...url.searchParams], [["type", "bike"], ["near", "42.3555,-71.0656"]]);
  assert.equal(url.hash, "");
});

test("vehicles are asked for by the bounds in the order of GeoJSON", () => {
  const bounds = { south: 42, north: 42.5, east: -71, west: -71.25 };
  const found = (source) => [...vehiclesWithin(source, BASE, bounds).searchParams];
  const bbox = ["bbox", "-71.25,42,-71,42.5"];
  assert.deepEqual(found("/vehicles.geojson?city=new+york"), [["city", "new york"], bbox]);
  assert.deepEqual(found("/vehicles.geojson"), [bbox]);
});
