// Enhancements shared by all pages, which work without them, with more reloads.
(() => {
  "use strict";

  // How long a page waits for the response to a form before the form may be sent again.
  const SEND_AGAIN_AFTER_MS = 10_000;
  // How long messages are held back: longer than a screen reader takes to load a page.
  const MESSAGES_AFTER_MS = 150;

  let sent = null;
  let timer = 0;

  const release = () => {
    clearTimeout(timer);
    sent?.removeAttribute("aria-disabled");
    sent?.classList.remove("is-busy");
    sent = null;
  };

  // A double click sends one request, and only one form is sent at a time. The button keeps the
  // focus, which the attribute `disabled` would take.
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

  // Browsers don't scroll to a chip that is partly visible when it gets the focus.
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches(".chip")) target.scrollIntoView({ block: "nearest", inline: "nearest" });
  });

  // The back button may show the page as it was left.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) release();
  });

  // Shows MovR's own page offline. Browsers allow it over HTTPS and on this machine only.
  navigator.serviceWorker?.register("/service-worker.js").catch(() => {});

  // Screen readers announce what is added to a live region, not its first content.
  const messages = document.querySelector("[data-messages]");
  if (messages?.childElementCount) {
    messages.classList.add("is-coming");
    setTimeout(() => messages.classList.remove("is-coming"), MESSAGES_AFTER_MS);
  }

  // A password can be shown while it is typed. It is hidden again before it is sent, because
  // browsers remember what was sent from a text field and suggest it later.
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
