// A map by Google, used if there is a key for it. It has the same methods as leaflet-map.js. Pins
// that would overlap are shown as one, with their number.
(() => {
  "use strict";

  const { clusters } = window.movrGeography;

  const CLUSTER_PX = 56;
  const CLOSEST = 18;
  const CLOSE_ENOUGH = 16;
  const ABOVE_ALL = 1_000_000;
  // Filled, or hollow without an available vehicle; with the first letter of a type, or a number.
  const LOOKS = {
    available: { fill: "#0b6e7c", line: "#fff", ink: "#fff" },
    unavailable: { fill: "#fff", line: "#4a595d", ink: "#4a595d" },
    problem: { fill: "#c22f3d", line: "#fff", ink: "#fff" },
    many: { fill: "#06333a", line: "#fff", ink: "#fff" },
    lit: { fill: "#ffc94d", line: "#3a2a00", ink: "#3a2a00" },
    start: { fill: "#fff", line: "#0b6e7c" },
    end: { fill: "#0b6e7c", line: "#fff" },
  };
  const SIGNS = { paused: "II", problem: "!" };
  const STILL = { disableDefaultUI: true, gestureHandling: "none", keyboardShortcuts: false, maxZoom: CLOSE_ENOUGH };

  const { letterBike, letterScooter, letterSkateboard } =
    document.querySelector("[data-letter-bike]").dataset;
  const letters = { bike: letterBike, scooter: letterScooter, skateboard: letterSkateboard };

  const waiting = [];
  let failed = false;
  window.movrGoogleMapsAreReady = () => {
    for (const [start] of waiting.splice(0)) start();
  };
  // Google does not accept the key, or cannot be reached.
  window.gm_authFailure = () => {
    failed = true;
    for (const [, giveUp] of waiting.splice(0)) giveUp?.();
  };
  document
    .querySelector("script[src^='https://maps.googleapis.com/']")
    .addEventListener("error", window.gm_authFailure);

  const create = (box, { latitude, longitude, zoom, still, nameOfMany, onMove }) => {
    const map = new google.maps.Map(box, {
      center: { lat: latitude, lng: longitude },
      zoom,
      clickableIcons: false,
      mapTypeControl: false,
      streetViewControl: false,
      ...(still && STILL),
    });
    const info = new google.maps.InfoWindow();
    let vehicles = [];
    let markers = [];
    let told = null;
    let place = null;
    let hereMarker = null;
    let stopMarkers = [];
    // The vehicles in the info window, and the marker that it is attached to.
    let opened = null;

    const aboutOf = (group) => group.map(({ id, about }) => `${id} ${about}`).join("\n");

    const circle = ({ fill, line }, scale) => ({
      path: google.maps.SymbolPath.CIRCLE,
      scale,
      fillColor: fill,
      fillOpacity: 1,
      strokeColor: line,
      strokeWeight: 2,
    });

    const lookOf = (group, isLit = false) => {
      const has = (wanted) => group.some(({ status }) => status === wanted);
      const [{ status, type }] = group;
      const isMany = group.length > 1;
      const available = isMany ? "many" : "available";
      const look = has("problem") ? "problem" : has("available") ? available : "unavailable";
      const { line, fill, ink } = LOOKS[isLit ? "lit" : look];
      const text = isMany ? String(group.length) : SIGNS[status] ?? letters[type];
      return { icon: circle({ fill, line }, isMany ? 16 : 11), label: { text, color: ink } };
    };

    const open = (group, marker) => {
      const content = document.createElement("div");
      content.append(...group.map((vehicle) => vehicle.popup()));
      info.setContent(content);
      info.open({ anchor: marker, map });
      opened = { group, marker };
      told?.("open", group[0].id);
    };

    const forget = () => {
      opened = null;
      told?.("open", null);
    };

    // A window disappears with its marker, so it moves to the new marker of the same vehicle.
    const keepOpen = () => {
      if (!opened || markers.some(({ marker }) => marker === opened.marker)) return;
      const ids = opened.group.map(({ id }) => id);
      const group = vehicles.filter(({ id }) => ids.includes(id));
      const marker = group.length ? holderOf(group[0].id).marker : null;
      if (!marker) {
        info.close();
        forget();
      } else if (aboutOf(group) === aboutOf(opened.group)) {
        info.open({ anchor: marker, map, shouldFocus: false });
        opened.marker = marker;
      } else open(group, marker);
    };

    const markerOf = (group) => {
      const [first] = group;
      const many = group.length > 1;
      const marker = new google.maps.Marker({
        map,
        position: { lat: first.latitude, lng: first.longitude },
        title: many ? nameOfMany(group) : first.name,
        ...lookOf(group),
      });
      marker.addListener("click", () => {
        if (many && map.getZoom() < CLOSEST) {
          map.setCenter(marker.getPosition());
          map.setZoom(map.getZoom() + 2);
        } else open(group, marker);
      });
      marker.addListener("mouseover", () => told?.("over", many ? null : first.id));
      marker.addListener("mouseout", () => told?.("over", null));
      return marker;
    };

    // Markers of unchanged groups are kept.
    const draw = () => {
      const before = new Map(markers.map((each) => [aboutOf(each.group), each]));
      markers = clusters(vehicles, map.getZoom(), CLUSTER_PX).map((group) => {
        const about = aboutOf(group);
        const kept = before.get(about);
        before.delete(about);
        return kept ?? { group, marker: markerOf(group) };
      });
      keepOpen();
      for (const { marker } of before.values()) marker.setMap(null);
    };

    const holderOf = (id) => markers.find(({ group }) => group.some((vehicle) => vehicle.id === id));

    info.addListener("closeclick", forget);
    map.addListener("idle", () => onMove?.());
    map.addListener("zoom_changed", draw);

    return {
      bounds: () => map.getBounds()?.toJSON() ?? { south: latitude, north: latitude, west: longitude, east: longitude },
      view: () => ({ latitude: map.getCenter().lat(), longitude: map.getCenter().lng(), zoom: map.getZoom() }),
      fit: (places) => {
        const bounds = new google.maps.LatLngBounds();
        for (const each of places) bounds.extend({ lat: each.latitude, lng: each.longitude });
        map.fitBounds(bounds);
      },
      onHandMoved: (tell) => {
        for (const act of ["pointerdown", "wheel", "keydown"]) box.addEventListener(act, tell, { passive: true });
      },
      setPins: (pins, tell) => {
        // Sorted, so that an unchanged group is recognised.
        vehicles = [...pins].sort((one, other) => (one.id < other.id ? -1 : 1));
        told = tell;
        draw();
      },
      light: (id) => {
        for (const { group, marker } of markers) {
          const { icon, label } = lookOf(group, group.some((vehicle) => vehicle.id === id));
          marker.setIcon(icon);
          marker.setLabel(label);
        }
      },
      open: (id) => {
        const vehicle = vehicles.find((each) => each.id === id);
        if (!vehicle) return;
        map.setCenter({ lat: vehicle.latitude, lng: vehicle.longitude });
        map.setZoom(Math.max(map.getZoom(), CLOSE_ENOUGH));
        open([vehicle], holderOf(id).marker);
      },
      markHere: (here, name) => {
        hereMarker?.setMap(null);
        hereMarker = new google.maps.Marker({
          map,
          position: { lat: here.latitude, lng: here.longitude },
          title: name,
          clickable: false,
          icon: circle({ fill: "#2563c9", line: "#fff" }, 7),
          zIndex: ABOVE_ALL,
        });
      },
      lookAt: ({ latitude, longitude }, zoom) => {
        map.setCenter({ lat: latitude, lng: longitude });
        map.setZoom(Math.max(map.getZoom(), zoom));
      },
      onPress: (tell) => map.addListener("click", ({ latLng }) => tell(latLng.lat(), latLng.lng())),
      setPlace: (spot, { name, drag, look }) => {
        place?.setMap(null);
        place = null;
        if (!spot) return;
        const position = { lat: spot.latitude, lng: spot.longitude };
        place = new google.maps.Marker({ map, position, draggable: true, title: name });
        place.addListener("dragend", ({ latLng }) => drag(latLng.lat(), latLng.lng()));
        if (look) {
          map.setCenter(position);
          map.setZoom(Math.max(map.getZoom(), CLOSE_ENOUGH));
        }
      },
      setStops: (stops) => {
        for (const marker of stopMarkers) marker.setMap(null);
        stopMarkers = stops.map((stop) => new google.maps.Marker({
          map,
          position: { lat: stop.latitude, lng: stop.longitude },
          title: stop.name,
          clickable: false,
          icon: circle(LOOKS[stop.kind], 8),
        }));
      },
    };
  };

  // Google's script calls back when it is ready, which may be before this script has run.
  const whenReady = (start, giveUp) => {
    if (window.google?.maps?.Map) start();
    else if (failed) giveUp?.();
    else waiting.push([start, giveUp]);
  };

  window.movrMap = { create, whenReady };
})();
