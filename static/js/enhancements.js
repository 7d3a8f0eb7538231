// Enhancements shared by all pages. All pages work without it, only with more reloads.
(() => {
  "use strict";

  // How long a page waits for the response to a form before the form may be sent again.
  const SEND_AGAIN_AFTER_MS = 10_000;
  // How long messages are held back: longer than a screen reader takes to load the page.
  const MESSAGES_AFTER_MS = 150;

  let sent = null;
  let timer = 0;

  const release = () => {
    clearTimeout(timer);
    sent?.removeAttribute("aria-disabled");
    sent?.classList.remove("is-busy");
    sent = null;
  };

  // A double click is not two requests. The button keeps the focus, which one with
  // the attribute `disabled` would lose, and one form at a time is on its way.
  document.addEventListener("submit", (event) => {
    if (event.target.method !== "post") return;
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = event.submitter ?? event.target;
    sent.setAttribute("aria-disabled", "true");
    sent.classList.add("is-busy");
    timer = setTimeout(release, SEND_AGAIN_AFTER_MS);
  });

  // A chip that is seen in part counts as seen, so browsers leave it there when it gets the focus.
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches(".chip")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // The way back may lead to the page as it was left.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) release();
  });

  // Shows MovR's own page where there is no connection; only over HTTPS and on this very machine.
  navigator.serviceWorker?.register("/service-worker.js").catch(() => {});

  // Screen readers announce what is added to a live region, not what it held from the start.
  const messages = document.querySelector("[data-messages]");
  if (messages?.childElementCount) {
    messages.classList.add("is-coming");
    setTimeout(() => messages.classList.remove("is-coming"), MESSAGES_AFTER_MS);
  }

  // A password can be read while it is typed. It is hidden again before it is sent: what was typed
  // into a text field, browsers keep and offer for the next one.
  for (const button of document.querySelectorAll("[data-show-password]")) {
    const field = document.getElementById(button.getAttribute("aria-controls"));
    const show = (shown) => {
      field.type = shown ? "text" : "password";
      button.setAttribute("aria-pressed", String(shown));
    };
    button.hidden = false;
    button.addEventListener("click", () => show(field.type === "password"));
    field.form.addEventListener("submit", () => show(false));
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
    const button = event.target.closest("[data-close-message]");
    if (!button) return;
    button.parentElement.remove();
    document.getElementById("main").focus();
  });
})();
