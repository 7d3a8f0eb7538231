// The tiles of a web map. What a map asks for lies between the edges of such tiles, so that many
// people ask for the same, and caches may answer.
(() => {
  "use strict";

  const side = (zoom) => 2 ** Math.max(0, Math.min(18, Math.floor(zoom)));
  const column = (longitude, zoom) => (longitude / 360 + 0.5) * side(zoom);
  const row = (latitude, zoom) =>
    (0.5 - Math.asinh(Math.tan((latitude * Math.PI) / 180)) / (2 * Math.PI)) * side(zoom);
  const longitudeOf = (x, zoom) => (x / side(zoom) - 0.5) * 360;
  const latitudeOf = (y, zoom) =>
    (Math.atan(Math.sinh((1 - (2 * y) / side(zoom)) * Math.PI)) * 180) / Math.PI;

  const outward = (bounds, zoom) => {
    const edge = (value, low, high) => Number(Math.min(high, Math.max(low, value)).toFixed(5));
    return {
      west: edge(longitudeOf(Math.floor(column(bounds.west, zoom)), zoom), -180, 180),
      south: edge(latitudeOf(Math.ceil(row(bounds.south, zoom)), zoom), -90, 90),
      east: edge(longitudeOf(Math.ceil(column(bounds.east, zoom)), zoom), -180, 180),
      north: edge(latitudeOf(Math.floor(row(bounds.north, zoom)), zoom), -90, 90),
    };
  };

  window.movrTiles = { outward };
})();
