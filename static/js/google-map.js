// A map by Google, for whoever has set a key for it: the same as leaflet-map.js to map.js and
// place-picker.js. Pins that would lie on each other are shown as one with their number.
(() => {
  "use strict";

  const CLUSTER_PX = 56;
  const CLOSEST = 18;
  const CLOSE_ENOUGH = 16;
  const FILL = { available: "#0b6e7c", unavailable: "#7a898c" };
  const LIT = "#ffc94d";

  const waiting = [];
  let failed = false;
  window.movrGoogleMapsAreReady = () => {
    for (const [start] of waiting.splice(0)) start();
  };
  // A key that Google does not know, or a network that does not lead there.
  window.gm_authFailure = () => {
    failed = true;
    for (const [, giveUp] of waiting.splice(0)) giveUp?.();
  };
  document
    .querySelector("script[src^='https://maps.googleapis.com/']")
    .addEventListener("error", window.gm_authFailure);

  const create = (box, { latitude, longitude, zoom, onMove }) => {
    const map = new google.maps.Map(box, {
      center: { lat: latitude, lng: longitude },
      zoom,
      clickableIcons: false,
      mapTypeControl: false,
      streetViewControl: false,
    });
    const info = new google.maps.InfoWindow();
    let vehicles = [];
    let markers = [];
    let told = null;
    let place = null;

    const iconOf = (vehicle, lit = false) => ({
      path: google.maps.SymbolPath.CIRCLE,
      scale: 11,
      fillColor: lit ? LIT : FILL[vehicle.status],
      fillOpacity: vehicle.status === "available" ? 1 : 0.6,
      strokeColor: "#fff",
      strokeWeight: 2,
    });

    const open = (group, marker) => {
      const content = document.createElement("div");
      content.append(...group.map((vehicle) => vehicle.popup()));
      info.setContent(content);
      info.open({ anchor: marker, map });
      told?.("open", group[0].id);
    };

    const groups = () => {
      const side = (CLUSTER_PX / 256) * (360 / 2 ** map.getZoom());
      const found = new Map();
      for (const vehicle of vehicles) {
        const cell = [vehicle.latitude, vehicle.longitude].map((part) => Math.floor(part / side)).join();
        found.set(cell, [...(found.get(cell) ?? []), vehicle]);
      }
      return [...found.values()];
    };

    const draw = () => {
      for (const { marker } of markers) marker.setMap(null);
      markers = groups().map((group) => {
        const [first] = group;
        const many = group.length > 1;
        const marker = new google.maps.Marker({
          map,
          position: { lat: first.latitude, lng: first.longitude },
          title: many ? `${group.length} vehicles. Look closer.` : first.name,
          // The type in a letter, availability in the fill as well.
          label: { text: many ? String(group.length) : first.type[0].toUpperCase(), color: "#fff" },
          icon: iconOf(first),
        });
        marker.addListener("click", () => {
          if (many && map.getZoom() < CLOSEST) {
            map.setCenter(marker.getPosition());
            map.setZoom(map.getZoom() + 2);
          } else open(group, marker);
        });
        marker.addListener("mouseover", () => told?.("over", many ? null : first.id));
        marker.addListener("mouseout", () => told?.("over", null));
        return { group, marker };
      });
    };

    const holderOf = (id) => markers.find(({ group }) => group.some((vehicle) => vehicle.id === id));

    info.addListener("closeclick", () => told?.("open", null));
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
        vehicles = pins;
        told = tell;
        draw();
      },
      light: (id) => {
        for (const { group, marker } of markers) {
          marker.setIcon(iconOf(group[0], id !== null && group.some((vehicle) => vehicle.id === id)));
        }
      },
      open: (id) => {
        const vehicle = vehicles.find((each) => each.id === id);
        if (!vehicle) return;
        map.setCenter({ lat: vehicle.latitude, lng: vehicle.longitude });
        map.setZoom(Math.max(map.getZoom(), CLOSE_ENOUGH));
        open([vehicle], holderOf(id).marker);
      },
      markHere: (here) => {
        new google.maps.Marker({
          map,
          position: { lat: here.latitude, lng: here.longitude },
          title: "The place that you chose",
          clickable: false,
          icon: { ...iconOf({ status: "available" }), scale: 7, fillColor: "#2563c9" },
        });
      },
      onPress: (tell) => map.addListener("click", ({ latLng }) => tell(latLng.lat(), latLng.lng())),
      setPlace: (spot, { drag, look }) => {
        place?.setMap(null);
        place = null;
        if (!spot) return;
        const position = { lat: spot.latitude, lng: spot.longitude };
        place = new google.maps.Marker({ map, position, draggable: true, title: "The place that you picked" });
        place.addListener("dragend", ({ latLng }) => drag(latLng.lat(), latLng.lng()));
        if (look) {
          map.setCenter(position);
          map.setZoom(Math.max(map.getZoom(), CLOSE_ENOUGH));
        }
      },
    };
  };

  // Google's script is ready when it says so, which may be before or after ours.
  const whenReady = (start, giveUp) => {
    if (window.google?.maps?.Map) start();
    else if (failed) giveUp?.();
    else waiting.push([start, giveUp]);
  };

  window.movrMap = { create, whenReady };
})();
