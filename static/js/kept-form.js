// Keeps what is typed into a form with data-keep in this tab until the server has received it, so
// that a reload, a lost network or a restarted browser loses nothing. The key names the rider, so
// that nobody else in the tab gets it. Passwords and tokens are never kept.
(() => {
  "use strict";

  const PREFIX = "movr-form ";
  const NOT_KEPT = ["csrf_token", "city", "anyway"];

  // Storage may be blocked.
  const storage = (() => {
    try {
      return window.sessionStorage;
    } catch {
      return null;
    }
  })();
  if (!storage) return;

  const read = (key) => {
    try {
      return JSON.parse(storage.getItem(key));
    } catch {
      return null;
    }
  };

  const write = (key, draft) => {
    try {
      storage.setItem(key, JSON.stringify(draft));
    } catch {
      // The storage is full.
    }
  };

  // The page after a form says that it was done, so the server has it.
  if (document.querySelector("[data-messages] .alert-success")) {
    for (const key of Object.keys(storage).filter((each) => each.startsWith(PREFIX))) {
      if (read(key)?.isSent) storage.removeItem(key);
    }
  }

  const keep = (form) => {
    const key = PREFIX + form.dataset.keep;
    const fields = [...form.elements].filter(
      ({ name, type }) => name && !NOT_KEPT.includes(name) && !["password", "submit"].includes(type),
    );
    const typed = fields.filter(({ type }) => type !== "hidden");
    const isEmpty = typed.every((field) => (field.type === "radio" ? !field.checked : !field.value));
    let isSent = false;

    const save = () => {
      const values = fields
        .filter(({ type, checked }) => type !== "radio" || checked)
        .map(({ name, value }) => [name, value]);
      write(key, { isSent, values });
    };

    const restore = (values) => {
      for (const field of fields) {
        if (!values.has(field.name)) continue;
        if (field.type === "radio") field.checked = field.value === values.get(field.name);
        else field.value = values.get(field.name);
      }
    };

    const draft = read(key);
    // A form that the server has filled in has what the server received.
    if (draft && isEmpty) restore(new Map(draft.values));
    else storage.removeItem(key);

    const offline = form.querySelector("[data-offline]");
    form.addEventListener("input", save);
    form.addEventListener("change", save);
    form.addEventListener("submit", (event) => {
      offline.hidden = navigator.onLine;
      isSent = navigator.onLine;
      save();
      if (navigator.onLine) return;
      // Nor may other listeners treat the form as sent.
      event.preventDefault();
      event.stopPropagation();
    });
    window.addEventListener("online", () => { offline.hidden = true; });
  };

  for (const form of document.querySelectorAll("form[data-keep]")) keep(form);
})();
