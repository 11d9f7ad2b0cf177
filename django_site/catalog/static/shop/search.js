// Autocomplete of the search field: a combobox with a listbox popup (WAI-ARIA Authoring Practices).
// Without it the field is an ordinary form.
"use strict";

const PAUSE = 120; // milliseconds without a key before the shop is asked

for (const form of document.querySelectorAll("form.search")) makeCombobox(form);

function makeCombobox(form) {
  const input = form.querySelector("input[type=search]");
  const list = document.createElement("ul");
  let asked = null;
  let timer = 0;
  let active = -1;

  list.id = `${input.id}-suggestions`;
  list.className = "suggestions";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "Suggestions");
  form.append(list);
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-controls", list.id);
  close();

  const options = () => [...list.querySelectorAll("[role=option]")];

  function close() {
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }

  function activate(index) {
    const all = options();
    all[active]?.setAttribute("aria-selected", "false");
    active = (index + all.length + 1) % (all.length + 1); // the last place is the field itself
    const option = all[active];
    if (!option) {
      active = -1;
      input.removeAttribute("aria-activedescendant");
      return;
    }
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option.id);
  }

  async function ask() {
    asked?.abort();
    const typed = input.value.trim();
    if (!typed) return close();
    asked = new AbortController();
    try {
      const address = `${form.dataset.suggestions}?${new URLSearchParams({ q: typed })}`;
      const response = await fetch(address, { signal: asked.signal });
      if (response.ok) show(await response.text());
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  }

  function show(html) {
    if (document.activeElement !== input) return;
    close();
    list.innerHTML = html;
    const count = options().length;
    list.hidden = count === 0;
    input.setAttribute("aria-expanded", String(count > 0));
    document.getElementById("live").textContent = `${count} suggestion${count === 1 ? "" : "s"}`;
  }

  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  input.addEventListener("keydown", (event) => {
    if (list.hidden) {
      if (event.key === "ArrowDown" && input.value.trim()) ask();
      return;
    }
    if (event.key === "ArrowDown") activate(active + 1);
    else if (event.key === "ArrowUp") activate(active < 0 ? options().length - 1 : active - 1);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && active >= 0) window.location.assign(options()[active].dataset.url);
    else return;
    event.preventDefault();
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // keeps the field focused
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) window.location.assign(option.dataset.url);
  });
  input.addEventListener("blur", close);
}
