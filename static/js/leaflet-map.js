// A map by Leaflet, with tiles from a configured URL. It knows places and pins, but neither lists
// nor forms; vehicle-map.js and place-picker.js use it, or google-map.js, which has the same
// methods. The small maps of a ride are still: nothing in them moves.
(() => {
  "use strict";

  // Without Leaflet there is no map, and the page works without it.
  if (!window.L?.markerClusterGroup) return;

  const settings = document.querySelector("[data-tile-url]").dataset;
  const CLOSE_ENOUGH = 16;
  const ABOVE_ALL = 10_000;
  // A map that is hidden at once, and shown again later, opens nothing by itself.
  const WANTED_MS = 3_000;
  // No animation takes longer.
  const SETTLED_MS = 1000;
  // What may have the focus in a popup.
  const CONTROLS = "a, button";
  const CLOSE = ".leaflet-popup-close-button";
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

  const pinOf = (vehicle) => {
    const pin = element("span", `map-pin is-${vehicle.status}`);
    pin.append(element("span", `vehicle-icon vehicle-icon-${vehicle.type}`));
    pin.append(element("span", "visually-hidden", vehicle.name));
    return L.divIcon({
      className: "map-marker",
      html: pin.outerHTML,
      iconSize: [44, 44],
      popupAnchor: [0, -16],
    });
  };

  const clusterOf = (nameOfMany) => (cluster) => {
    const pins = cluster.getAllChildMarkers();
    const look = ["problem", "available"].find((each) => pins.some(({ status }) => status === each));
    const dot = element("span", `map-cluster is-${look ?? "unavailable"}`);
    const count = element("span", "", pins.length);
    count.setAttribute("aria-hidden", "true");
    dot.append(count, element("span", "visually-hidden", nameOfMany(pins)));
    return L.divIcon({ className: "map-marker", html: dot.outerHTML, iconSize: [44, 44] });
  };

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
    const { textZoomIn, textZoomOut, textClose } = settings;
    const zoomButtons = L.control.zoom({ zoomInTitle: textZoomIn, zoomOutTitle: textZoomOut });
    if (!still) zoomButtons.addTo(map);
    map.on("popupopen", ({ popup }) => {
      const button = popup.getElement().querySelector(CLOSE);
      button.setAttribute("aria-label", textClose);
    });
    map.attributionControl.setPrefix('<a href="https://leafletjs.com">Leaflet</a>');
    keepSize(map, box);

    let loaded = false;
    L.tileLayer(settings.tileUrl, { attribution: attribution(), maxZoom: 19 })
      .on("tileload", () => { loaded = true; })
      .on("tileerror", () => { if (!loaded) onTilesFail?.(); })
      .addTo(map);
    map.on("moveend", () => onMove?.());

    const group = L.markerClusterGroup({
      animate: !calm,
      iconCreateFunction: clusterOf(nameOfMany),
      // The width of a pin.
      maxClusterRadius: 44,
      showCoverageOnHover: false,
    }).addTo(map);
    const markers = new Map();
    let lit = null;
    let litId = null;
    let opened = null;
    let cameFrom = null;
    // What was pressed to be opened just now, with what the focus returns to, until it is open.
    let wanted = null;
    // The pins to show once nothing is moving.
    let arrived = null;
    let place = null;
    let hereMarker = null;
    let stopMarkers = [];

    const shownAt = (id) => {
      const marker = markers.get(id);
      return marker && group.getVisibleParent(marker)?.getElement();
    };

    const light = (id) => {
      lit?.classList.remove("is-lit");
      litId = id;
      lit = id === null ? null : shownAt(id);
      lit?.classList.add("is-lit");
    };

    const focusOn = (what) => what?.focus({ preventScroll: true });
    const focusIn = (marker, control) => {
      focusOn(marker.getPopup().getElement()?.querySelector(control));
    };
    // What of the open popup is to have the focus, as a selector; null if the focus is elsewhere.
    const focusedControl = () => {
      const { activeElement } = document;
      const has = (part) => part.getElement()?.contains(activeElement);
      if (!has(opened) && !has(opened.getPopup())) return null;
      return activeElement.matches(CLOSE) ? CLOSE : CONTROLS;
    };

    // While pins move in or out of a cluster, to add or remove others would confuse the group for good,
    // and the end of a zoom closes what was opened during it.
    const ANIMATIONS = ".leaflet-cluster-anim, .leaflet-zoom-anim";
    const whenStill = (then, since = performance.now()) => {
      const isMoving = map.getPane("mapPane").matches(ANIMATIONS);
      if (isMoving && performance.now() - since < SETTLED_MS) setTimeout(whenStill, 50, then, since);
      else then();
    };

    const isWanted = (mine) => wanted === mine && performance.now() - mine.at < WANTED_MS;

    const reveal = (marker, { from, control }) => {
      marker.openPopup();
      if (control) focusIn(marker, control);
      cameFrom = from;
    };

    const openWanted = () => {
      const mine = wanted;
      const marker = markers.get(mine.id);
      if (!marker) {
        wanted = null;
        return;
      }
      const show = (then) => group.zoomToShowLayer(marker, () => { if (isWanted(mine)) then(); });
      // Without animations, the end of the zoom closes the cluster again that was just opened.
      show(() => setTimeout(whenStill, 0, () => {
        if (!isWanted(mine)) return;
        if (map.hasLayer(marker)) reveal(marker, mine);
        else show(() => reveal(marker, mine));
      }));
    };
    // Whoever does something with the map wants something else by now.
    for (const act of ["pointerdown", "wheel", "keydown"]) {
      box.addEventListener(act, () => { wanted = null; }, { passive: true });
    }

    const placeArrived = () => {
      if (!arrived) return;
      const { vehicles, tell } = arrived;
      arrived = null;
      const open = opened && {
        id: opened.id,
        from: cameFrom,
        control: focusedControl(),
        at: performance.now(),
      };
      const reading = open ?? (wanted && { ...wanted });
      const known = new Map(vehicles.map((vehicle) => [vehicle.id, vehicle]));
      const gone = [...markers].filter(([id, marker]) => marker.about !== known.get(id)?.about);
      const isNew = (vehicle) => markers.get(vehicle.id)?.about !== vehicle.about;
      // Even with nothing to remove or to add, the group would close an open pin of a cluster.
      if (!gone.length && !vehicles.some(isNew)) return;
      const { activeElement } = document;
      const focused = [...markers.keys()].find((id) => shownAt(id) === activeElement);
      group.removeLayers(gone.map(([, marker]) => marker));
      for (const [id] of gone) markers.delete(id);
      const added = vehicles.filter((vehicle) => !markers.has(vehicle.id)).map((vehicle) => {
        const marker = L.marker([vehicle.latitude, vehicle.longitude], { icon: pinOf(vehicle) });
        Object.assign(marker, { id: vehicle.id, about: vehicle.about, status: vehicle.status });
        // Not under the buttons on the left.
        marker.bindPopup(() => vehicle.popup(), {
          minWidth: 200,
          autoPanPaddingTopLeft: [64, 16],
          autoPanPaddingBottomRight: [16, 16],
        });
        marker.on("popupopen", () => {
          opened = marker;
          wanted = null;
          tell("open", vehicle.id);
        });
        marker.on("popupclose", () => {
          opened = null;
          cameFrom = null;
          tell("open", null);
        });
        marker.on("mouseover", () => tell("over", vehicle.id));
        marker.on("mouseout", () => tell("over", null));
        // With the keyboard, the focus moves into the popup.
        marker.on("keypress", ({ originalEvent }) => {
          if (originalEvent.key === "Enter") setTimeout(() => focusIn(marker, CONTROLS));
        });
        markers.set(vehicle.id, marker);
        return marker;
      });
      group.addLayers(added);
      // The group also draws some pins anew that stay where they are, without light and popup.
      light(litId);
      const marker = open && markers.get(open.id);
      if (marker && !opened && map.hasLayer(marker)) reveal(marker, open);
      // The focus follows a pin into a cluster, and waits there for a popup to open again.
      const followed = focused ?? (open?.control && !opened && open.id);
      if (followed) focusOn(shownAt(followed) ?? box);
      // New neighbours may have moved the pin into a cluster, at once or after an animation.
      wanted = reading;
      setTimeout(() => {
        if (!reading || !isWanted(reading)) return;
        if (opened) wanted = null;
        else openWanted();
      }, calm ? 0 : 400);
    };

    // Escape closes a popup wherever in the map the focus is, and returns the focus.
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !opened) return;
      // On a phone, the map hides the list.
      const back = cameFrom?.offsetParent ? cameFrom : opened.getElement();
      map.closePopup();
      back?.focus();
    });

    return {
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
      setPins: (vehicles, tell) => {
        arrived = { vehicles, tell };
        whenStill(placeArrived);
      },
      light,
      open: (id, from) => {
        wanted = { id, from, control: CONTROLS, at: performance.now() };
        openWanted();
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
