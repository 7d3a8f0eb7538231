// Colour theme. Loaded in <head> without defer, so that no page flashes in the wrong colours. Where
// it does not run, the style sheet follows the system.
// The choice is light, dark or auto (what the system asks for); a button[data-theme-switch],
// where there is one, goes through the three. Storage may be barred; the page works without.
// The class `js` tells the style sheets that what needs a script will work.
(() => {
  "use strict";

  document.documentElement.classList.add("js");

  const KEY = "movr-theme";
  const NEXT = { auto: "light", light: "dark", dark: "auto" };
  const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");

  const stored = () => {
    try {
      const value = localStorage.getItem(KEY);
      return Object.hasOwn(NEXT, value) ? value : "auto";
    } catch {
      return "auto";
    }
  };

  const remember = (value) => {
    try {
      if (value === "auto") localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, value);
    } catch {
      // The choice then lasts as long as the page.
    }
  };

  let choice = stored();

  const show = () => {
    const dark = choice === "dark" || (choice === "auto" && systemIsDark.matches);
    document.documentElement.dataset.bsTheme = dark ? "dark" : "light";
    for (const button of document.querySelectorAll("button[data-theme-switch]")) {
      const { textAuto, textLight, textDark } = button.dataset;
      const label = { auto: textAuto, light: textLight, dark: textDark }[choice];
      button.dataset.themeState = choice;
      button.setAttribute("aria-label", label);
      button.title = label;
    }
  };

  const wire = () => {
    for (const button of document.querySelectorAll("button[data-theme-switch]")) {
      button.addEventListener("click", () => {
        choice = NEXT[choice];
        remember(choice);
        show();
      });
    }
    show();
  };

  show();
  systemIsDark.addEventListener("change", show);
  // Another tab of the site has changed the theme.
  window.addEventListener("storage", (event) => {
    if (event.key === KEY || event.key === null) {
      choice = stored();
      show();
    }
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", wire);
  else wire();
})();
