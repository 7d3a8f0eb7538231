// Computes with places: distances, bounds, tiles and clusters. A place is anything with latitude
// and longitude in degrees. Nothing here uses a page or a map; see tests/scripts.
(() => {
  "use strict";

  const EARTH_RADIUS_M = 6_371_009;
  const TILE_PX = 256;
  const CLOSEST_ZOOM = 18;
  const FIRST_ZOOMS = [13, 14, 15, 16, 17];

  // From "52.373,4.893", as pages write a point.
  const pointOf = (text) => {
    const [latitude, longitude] = text.split(",").map(Number);
    return { latitude, longitude };
  };

  const radians = (degrees) => (degrees * Math.PI) / 180;

  // --- Distances ---

  // The haversine formula for great circles, which stays exact for short distances.
  const metresBetween = (one, other) => {
    const haversine =
      Math.sin(radians(other.latitude - one.latitude) / 2) ** 2 +
      Math.cos(radians(one.latitude)) *
        Math.cos(radians(other.latitude)) *
        Math.sin(radians(other.longitude - one.longitude) / 2) ** 2;
    return 2 * EARTH_RADIUS_M * Math.asin(Math.sqrt(Math.min(1, haversine)));
  };

  // The nearest place; of several, the first one; null if there are none.
  const nearest = (places, here) => {
    let best = null;
    let least = Infinity;
    for (const place of places) {
      const metres = metresBetween(place, here);
      if (metres < least) [best, least] = [place, metres];
    }
    return best;
  };

  // --- Bounds ---

  const contains = (bounds, { latitude, longitude }) =>
    latitude >= bounds.south && latitude <= bounds.north &&
    longitude >= bounds.west && longitude <= bounds.east;

  const covers = (outer, inner) =>
    inner.south >= outer.south && inner.north <= outer.north &&
    inner.west >= outer.west && inner.east <= outer.east;

  // --- Tiles of a web map ---

  const tilesAround = (zoom) => 2 ** Math.max(0, Math.min(CLOSEST_ZOOM, Math.floor(zoom)));
  const column = (longitude, tiles) => (longitude / 360 + 0.5) * tiles;
  const row = (latitude, tiles) =>
    (0.5 - Math.asinh(Math.tan(radians(latitude))) / (2 * Math.PI)) * tiles;
  const longitudeOf = (x, tiles) => (x / tiles - 0.5) * 360;
  const latitudeOf = (y, tiles) =>
    (Math.atan(Math.sinh((1 - (2 * y) / tiles) * Math.PI)) * 180) / Math.PI;

  // The bounds of all tiles that the given bounds touch. Riders near each other so request the same
  // bounds, and caches can respond.
  const tileBounds = (bounds, zoom) => {
    const tiles = tilesAround(zoom);
    const edge = (value, limit) => Number(Math.min(limit, Math.max(-limit, value)).toFixed(5));
    return {
      west: edge(longitudeOf(Math.floor(column(bounds.west, tiles)), tiles), 180),
      south: edge(latitudeOf(Math.ceil(row(bounds.south, tiles)), tiles), 90),
      east: edge(longitudeOf(Math.ceil(column(bounds.east, tiles)), tiles), 180),
      north: edge(latitudeOf(Math.floor(row(bounds.north, tiles)), tiles), 90),
    };
  };

  // --- Clusters ---

  // Groups of places that would overlap: each has the places in a square of so many pixels. The
  // squares do not move with the map, so that groups stay the same while it is dragged.
  const clusters = (places, zoom, pixels) => {
    const side = (pixels / TILE_PX) * (360 / 2 ** zoom);
    const found = new Map();
    for (const place of places) {
      const square = [place.latitude, place.longitude].map((part) => Math.floor(part / side)).join();
      if (found.has(square)) found.get(square).push(place);
      else found.set(square, [place]);
    }
    return [...found.values()];
  };

  // --- The first view of a map ---

  const pixelsPerMetre = (latitude, zoom) =>
    (TILE_PX * 2 ** zoom) / (2 * Math.PI * EARTH_RADIUS_M * Math.cos(radians(latitude)));

  // The widest view around one of `centres` in which `wanted` places are alone, with no other
  // within so many pixels; else the view with most such places. `size` is the map's, in pixels.
  const viewOfSingles = (places, centres, size, pixels, wanted) => {
    let best = null;
    for (const zoom of FIRST_ZOOMS) {
      const between = (one, other) =>
        metresBetween(one, other) * pixelsPerMetre(one.latitude, zoom);
      const single = places.filter((place) =>
        places.every((other) => other === place || between(place, other) >= pixels),
      );
      for (const { latitude, longitude } of centres) {
        const isSeen = (place) =>
          between(place, { latitude, longitude: place.longitude }) < size.height / 2 - pixels &&
          between(place, { latitude: place.latitude, longitude }) < size.width / 2 - pixels;
        const count = single.filter(isSeen).length;
        if (!best || count > best.count) best = { latitude, longitude, zoom, count };
      }
      if (best?.count >= wanted) break;
    }
    return best;
  };

  // --- Rides ---

  // What to mark of a ride on a map, from what is known of its start and its end: both, one of them,
  // or a single stop if it ended where it began.
  const stopsOf = (start, end) => {
    const known = [];
    if (start) known.push({ kind: "start", ...start });
    if (end) known.push({ kind: "end", ...end });
    const isOne = start?.latitude === end?.latitude && start?.longitude === end?.longitude;
    return isOne ? known.slice(1) : known;
  };

  globalThis.movrGeography = {
    pointOf, metresBetween, nearest, contains, covers, tileBounds, clusters, viewOfSingles, stopsOf,
  };
})();
