// Places in URLs: the view of a map, the point that a list is sorted around, and the bounds of a
// request for vehicles. Nothing here uses a page or a map; see tests/scripts.
(() => {
  "use strict";

  // About ten metres, which is exact enough for finding a vehicle.
  const DIGITS = 4;
  const VIEW = /^#map=(\d+)\/(-?\d+(?:\.\d+)?)\/(-?\d+(?:\.\d+)?)$/;

  const viewToHash = ({ zoom, latitude, longitude }) =>
    `#map=${Math.round(zoom)}/${latitude.toFixed(DIGITS)}/${longitude.toFixed(DIGITS)}`;

  // Null if the hash is not a view.
  const hashToView = (hash) => {
    const found = VIEW.exec(hash);
    if (!found) return null;
    const [zoom, latitude, longitude] = found.slice(1).map(Number);
    return { zoom, latitude, longitude };
  };

  const listNear = (list, base, { latitude, longitude }) => {
    const url = new URL(list, base);
    url.searchParams.set("near", `${latitude.toFixed(DIGITS)},${longitude.toFixed(DIGITS)}`);
    return url;
  };

  const vehiclesWithin = (source, base, { west, south, east, north }) => {
    const url = new URL(source, base);
    url.searchParams.set("bbox", [west, south, east, north].join());
    return url;
  };

  globalThis.movrMapUrls = { viewToHash, hashToView, listNear, vehiclesWithin };
})();
