// The pins of vehicles on a map of leaflet-map.js: those that would overlap are drawn as one, by
// Leaflet.markercluster, and what somebody reads or has the focus on stays when they are drawn anew.
(() => {
  "use strict";

  // A map that is hidden at once, and shown again later, opens nothing by itself.
  const WANTED_MS = 3_000;
  // No animation takes longer.
  const SETTLED_MS = 1000;
  // What may have the focus in a popup.
  const CONTROLS = "a, button";
  const CLOSE = ".leaflet-popup-close-button";
  const { textClose } = document.querySelector("[data-text-close]").dataset;

  window.movrLeafletPins = (map, { nameOfMany, calm, element }) => {
    const box = map.getContainer();

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

    const clusterOf = (cluster) => {
      const pins = cluster.getAllChildMarkers();
      const look = ["problem", "available"].find((each) => pins.some(({ status }) => status === each));
      const dot = element("span", `map-cluster is-${look ?? "unavailable"}`);
      const count = element("span", "", pins.length);
      count.setAttribute("aria-hidden", "true");
      dot.append(count, element("span", "visually-hidden", nameOfMany(pins)));
      return L.divIcon({ className: "map-marker", html: dot.outerHTML, iconSize: [44, 44] });
    };

    map.on("popupopen", ({ popup }) => {
      const button = popup.getElement().querySelector(CLOSE);
      button.setAttribute("aria-label", textClose);
    });

    const group = L.markerClusterGroup({
      animate: !calm,
      iconCreateFunction: clusterOf,
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
      setPins: (vehicles, tell) => {
        arrived = { vehicles, tell };
        whenStill(placeArrived);
      },
      light,
      open: (id, from) => {
        wanted = { id, from, control: CONTROLS, at: performance.now() };
        openWanted();
      },
    };
  };
})();
