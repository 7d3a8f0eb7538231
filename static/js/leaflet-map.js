// A map by Leaflet, with tiles from a configured URL. It knows places, but neither lists nor
// forms; vehicle-map.js and place-picker.js use it, or google-map.js, which has the same methods.
// Those for vehicles are in leaflet-pins.js, which pages without vehicles on a map do not load. The
// small maps of a ride are still: nothing in them moves.
(() => {
  "use strict";

  // Without Leaflet there is no map, and the page works without it.
  if (!window.L) return;

  const settings = document.querySelector("[data-tile-url]").dataset;
  const CLOSE_ENOUGH = 16;
  const ABOVE_ALL = 10_000;
  const STILL = {
    boxZoom: false,
    doubleClickZoom: false,
    dragging: false,
    keyboard: false,
    scrollWheelZoom: false,
    touchZoom: false,
  };
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  const element = (tag, className, text = "") => {
    const made = document.createElement(tag);
    made.className = className;
    made.textContent = text;
    return made;
  };

  const attribution = () => {
    const words = element(settings.attributionLink ? "a" : "span", "", settings.attribution);
    if (settings.attributionLink) words.href = settings.attributionLink;
    return words.outerHTML;
  };

  // Otherwise Leaflet keeps its size when the layout changes.
  const keepSize = (map, box) => new ResizeObserver(() => map.invalidateSize()).observe(box);

  // A drop whose tip is on the place, with a name for whoever does not see it.
  const dropOf = (className, name) => {
    const pin = element("span", className);
    pin.append(element("span", "visually-hidden", name));
    return L.divIcon({
      className: "map-marker",
      html: pin.outerHTML,
      iconSize: [36, 36],
      iconAnchor: [18, 34],
    });
  };

  const create = (box, { latitude, longitude, zoom, still, nameOfMany, onMove, onTilesFail }) => {
    const map = L.map(box, {
      center: [latitude, longitude],
      zoom,
      zoomControl: false,
      fadeAnimation: !calm,
      markerZoomAnimation: !calm,
      zoomAnimation: !calm,
      inertia: !calm,
      ...(still && STILL),
    });
    // With Leaflet's own words in the language of the page.
    const { textZoomIn, textZoomOut } = settings;
    const zoomButtons = L.control.zoom({ zoomInTitle: textZoomIn, zoomOutTitle: textZoomOut });
    if (!still) zoomButtons.addTo(map);
    map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
    keepSize(map, box);

    let loaded = false;
    L.tileLayer(settings.tileUrl, { attribution: attribution(), maxZoom: 19 })
      .on("tileload", () => { loaded = true; })
      .on("tileerror", () => { if (!loaded) onTilesFail?.(); })
      .addTo(map);
    map.on("moveend", () => onMove?.());

    const pins = window.movrLeafletPins?.(map, { nameOfMany, calm, element });
    let place = null;
    let hereMarker = null;
    let stopMarkers = [];

    return {
      ...pins,
      bounds: () => {
        const bounds = map.getBounds();
        return {
          south: bounds.getSouth(),
          west: bounds.getWest(),
          north: bounds.getNorth(),
          east: bounds.getEast(),
        };
      },
      view: () => ({ latitude: map.getCenter().lat, longitude: map.getCenter().lng, zoom: map.getZoom() }),
      fit: (places) =>
        map.fitBounds(places.map((each) => [each.latitude, each.longitude]), {
          animate: false,
          maxZoom: CLOSE_ENOUGH,
          // With room for what stands on the places.
          paddingTopLeft: [32, still ? 44 : 32],
          paddingBottomRight: [32, still ? 24 : 32],
        }),
      onHandMoved: (tell) => {
        // Leaflet does not say who has moved the map. Moves by scripts are not animated.
        for (const act of ["pointerdown", "wheel", "keydown"]) {
          box.addEventListener(act, tell, { passive: true });
        }
      },
      markHere: (here, name) => {
        hereMarker?.remove();
        const dot = element("span", "map-here");
        dot.append(element("span", "visually-hidden", name));
        hereMarker = L.marker([here.latitude, here.longitude], {
          icon: L.divIcon({ className: "map-marker", html: dot.outerHTML, iconSize: [20, 20] }),
          interactive: false,
          keyboard: false,
          zIndexOffset: ABOVE_ALL,
        }).addTo(map);
      },
      lookAt: ({ latitude, longitude }, zoom) =>
        map.setView([latitude, longitude], Math.max(map.getZoom(), zoom), { animate: false }),
      // With the keyboard, arrow keys move the map, and Enter picks its centre.
      onPress: (tell) => {
        map.on("click", ({ latlng }) => tell(latlng.lat, latlng.wrap().lng));
        box.addEventListener("keydown", (event) => {
          if (event.key !== "Enter" || event.target !== box) return;
          event.preventDefault();
          const middle = map.getCenter().wrap();
          tell(middle.lat, middle.lng);
        });
      },
      // A single pin, placed by a click, by dragging it, or by a script.
      setPlace: (spot, { name, drag, look }) => {
        place?.remove();
        place = null;
        if (!spot) return;
        place = L.marker([spot.latitude, spot.longitude], {
          icon: dropOf("map-place", name),
          draggable: true,
          keyboard: false,
        });
        place.on("dragend", () => drag(place.getLatLng().lat, place.getLatLng().wrap().lng));
        place.addTo(map);
        const zoom = Math.max(map.getZoom(), CLOSE_ENOUGH);
        if (look) map.setView(place.getLatLng(), zoom, { animate: false });
      },
      // Where a ride began and ended.
      setStops: (stops) => {
        for (const marker of stopMarkers) marker.remove();
        stopMarkers = stops.map(({ latitude, longitude, kind, name }) =>
          L.marker([latitude, longitude], {
            icon: dropOf(`map-place map-stop is-${kind}`, name),
            interactive: false,
            keyboard: false,
          }).addTo(map),
        );
      },
    };
  };

  window.movrMap = { create, whenReady: (start) => start() };
})();
