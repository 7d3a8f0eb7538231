// The colour theme. Loaded in <head> without defer, so that no page flashes in the wrong colours;
// without it, the style sheet follows the system. The choice is light, dark or auto (as the
// system), and a button[data-theme-switch] cycles through the three. Without storage, the choice
// lasts as long as the page. The class `js` tells the style sheets that scripts run.
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
      // Storage is blocked, so the choice lasts as long as the page.
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
  // The theme was changed in another tab.
  window.addEventListener("storage", (event) => {
    if (event.key === KEY || event.key === null) {
      choice = stored();
      show();
    }
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", wire);
  else wire();
})();
