// Comfort on top of pages that work without it. htmx replaces #listing; this keeps what the shopper had open.
"use strict";

const wide = window.matchMedia("(min-width: 56rem)");

document.documentElement.classList.add("scripted");

/** A choice that needs no button. */
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submits]")) event.target.form.requestSubmit();
});

/** A slider says its value while it moves. */
document.addEventListener("input", (event) => {
  if (event.target.type !== "range") return;
  event.target.form.querySelector(`output[for="${event.target.id}"]`).value = `${event.target.value} %`;
});

/** Which card was opened, and on which surface: noted without anybody waiting for it. */
document.addEventListener("click", (event) => {
  const card = event.target.closest("[data-surface] .card");
  if (!card || !event.target.closest("h3 a")) return;
  const list = card.closest("[data-surface]");
  const noted = new FormData();
  noted.set("csrfmiddlewaretoken", document.querySelector("#save-form [name=csrfmiddlewaretoken]").value);
  noted.set("article", card.querySelector(".heart").value);
  noted.set("position", Number(list.dataset.first) + [...list.querySelectorAll(":scope > .card")].indexOf(card));
  noted.set("surface", list.dataset.surface);
  noted.set("release", list.dataset.release);
  noted.set("retriever", card.dataset.retriever ?? "");
  navigator.sendBeacon(document.body.dataset.clicks, noted);
});

/** Saved or given up: every heart of the article shows it, and it is said. */
document.addEventListener("savedChange", (event) => {
  const { article, saved } = event.detail;
  for (const heart of document.querySelectorAll(`.heart[value="${CSS.escape(article)}"]`)) {
    heart.setAttribute("aria-pressed", String(saved));
  }
  document.getElementById("live").textContent = saved ? "Saved" : "No longer saved";
});

/** "Not for me": the card goes, and a keyboard user goes on at the next one. */
document.addEventListener("hiddenChange", (event) => {
  for (const button of document.querySelectorAll(`.not-for-me[value="${CSS.escape(event.detail.article)}"]`)) {
    const card = button.closest(".card");
    const next = card.nextElementSibling ?? card.previousElementSibling;
    if (card.contains(document.activeElement)) next?.querySelector("h3 a")?.focus({ preventScroll: true });
    card.remove();
    document.getElementById("live").textContent = "No longer recommended. Your preferences bring it back.";
  }
});

/** On wide screens the filters stand beside the grid; on phones they are a drawer, its groups folded. */
function arrangeFilters() {
  const filters = document.getElementById("filters");
  if (!filters) return;
  filters.open = wide.matches;
  if (!wide.matches) {
    for (const facet of filters.querySelectorAll(".facet[open]")) {
      facet.open = facet.querySelector(":checked") !== null;
    }
  }
}

/** What is open, and how far lists are scrolled, by element id. */
function rememberFolds(root) {
  const kept = new Map();
  const scrolled = ["filters", "facet-list"].map((id) => [id, document.getElementById(id)?.scrollTop ?? 0]);
  for (const details of root.querySelectorAll("details[id]")) {
    kept.set(details.id, { open: details.open, top: details.querySelector("ul.long")?.scrollTop ?? 0 });
  }
  return { kept, scrolled };
}

function restoreFolds({ kept, scrolled }) {
  for (const [id, { open, top: listTop }] of kept) {
    const details = document.getElementById(id);
    if (!details) continue;
    details.open = open;
    const list = details.querySelector("ul.long");
    if (list) list.scrollTop = listTop;
  }
  for (const [id, top] of scrolled) {
    const element = document.getElementById(id);
    if (element) element.scrollTop = top;
  }
}

/**
 * A new listing stands where the old one stood: folds, lists and page are as far open and scrolled as before, and what
 * had the focus has it again. htmx cannot give it back to what is in a drawer that is not open yet.
 */
let place = null;
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail;
  const { activeElement } = document;
  place = target.id === "listing" ? { folds: rememberFolds(target), top: window.scrollY, focus: activeElement?.id } : null;
});
document.addEventListener("htmx:afterSwap", () => {
  if (!place) return;
  restoreFolds(place.folds);
  if (place.focus) document.getElementById(place.focus)?.focus({ preventScroll: true });
  window.scrollTo({ top: place.top, behavior: "instant" });
  place = null;
});

/** After "load more", a keyboard user goes on at the first new card. */
let firstNew = null;
document.addEventListener("htmx:beforeRequest", (event) => {
  if (event.target.id === "load-more") firstNew = document.querySelectorAll("#grid .card").length;
});
document.addEventListener("htmx:afterSettle", () => {
  if (firstNew === null) return;
  document.querySelectorAll("#grid .card h3 a")[firstNew]?.focus({ preventScroll: true });
  firstNew = null;
});

/** Back leads to the card that was opened, also where the page now begins with later articles. */
document.addEventListener("click", (event) => {
  const link = event.target.closest(".card h3 a");
  if (!link || event.ctrlKey || event.metaKey) return;
  history.replaceState({ ...history.state, opened: link.getAttribute("href") }, "");
});
window.addEventListener("pageshow", () => {
  const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (!cameBack || !history.state?.opened) return;
  requestAnimationFrame(() => {
    const card = document.querySelector(`.card h3 a[href="${CSS.escape(history.state.opened)}"]`)?.closest(".card");
    const { top, bottom } = card?.getBoundingClientRect() ?? { top: 0, bottom: 1 };
    if (bottom < 0 || top > window.innerHeight) card.scrollIntoView({ block: "center" });
  });
});

/** On a phone the drawer, once opened, fills the screen. */
document.addEventListener("click", (event) => {
  const summary = event.target.closest("#filters > summary");
  if (summary && !summary.parentElement.open) requestAnimationFrame(() => summary.scrollIntoView());
});

/** On a phone the filters are applied as they are ticked; the button only closes the drawer. */
document.addEventListener("click", (event) => {
  if (!event.target.closest(".apply .button") || !window.htmx) return;
  event.preventDefault();
  document.getElementById("filters").open = false;
  document.getElementById("listing").scrollIntoView();
});

/** A failed update falls back to an ordinary page load. */
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    const { elt, requestConfig } = event.detail;
    if (elt.form || elt.tagName === "FORM") (elt.form ?? elt).submit();
    else if (requestConfig) window.location.assign(requestConfig.path);
  });
}

/** On wide screens filters that are longer than the window scroll with the page, and stay when their end is in sight. */
function keepFiltersInSight() {
  const filters = document.getElementById("filters");
  const over = filters && wide.matches ? Math.max(0, filters.offsetHeight - window.innerHeight) : 0;
  document.documentElement.style.setProperty("--filters-top", `${-over}px`); // htmx would carry it over from a listing
}
const sized = new ResizeObserver(keepFiltersInSight);
function watchFilters() {
  sized.disconnect();
  const filters = document.getElementById("filters");
  if (filters) sized.observe(filters);
}
document.addEventListener("htmx:afterSwap", watchFilters);
window.addEventListener("resize", keepFiltersInSight);
watchFilters();

wide.addEventListener("change", arrangeFilters);
arrangeFilters();
