// Comfort on top of a product's images, which without it are links to the files, and anchors in a list that scrolls.
"use strict";

for (const gallery of document.querySelectorAll(".gallery")) {
  showWhichIsSeen(gallery);
  openInDialog(gallery, document.getElementById("enlarged"));
}

/** The thumbnails scroll the gallery alone, not the page, and the one of the image in sight is marked. */
function showWhichIsSeen(gallery) {
  const thumbs = [...document.querySelectorAll(".thumbs a")];
  const items = [...gallery.children];
  const seen = new IntersectionObserver((entries) => {
    const entry = entries.find((each) => each.isIntersecting);
    if (!entry) return;
    for (const [index, thumb] of thumbs.entries()) {
      if (items[index] === entry.target) thumb.setAttribute("aria-current", "true");
      else thumb.removeAttribute("aria-current");
    }
  }, { root: gallery, threshold: 0.6 });

  for (const item of items) seen.observe(item);
  for (const [index, thumb] of thumbs.entries()) {
    thumb.addEventListener("click", (event) => {
      event.preventDefault();
      gallery.scrollTo({ left: index * gallery.clientWidth });
    });
  }
}

/** Each image is a button that opens the dialog at the point that was pressed; Escape and "Close" go back to it. */
function openInDialog(gallery, dialog) {
  const view = dialog.querySelector(".view");
  const images = [...view.children];
  const position = dialog.querySelector("[data-position]");
  let shown = 0;

  /** ``x`` and ``y`` are shares of the image: that point comes to the middle of the view. */
  function show(index, x = 0.5, y = 0) {
    shown = (index + images.length) % images.length;
    for (const [number, image] of images.entries()) image.hidden = number !== shown;
    if (position) position.textContent = shown + 1;
    const { offsetWidth, offsetHeight } = images[shown];
    view.scrollTo(x * offsetWidth - view.clientWidth / 2, y * offsetHeight - view.clientHeight / 2);
  }

  for (const [index, link] of [...gallery.querySelectorAll("a")].entries()) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-haspopup", "dialog");
    link.addEventListener("keydown", (event) => {
      if (event.key !== " ") return;
      event.preventDefault();
      link.click();
    });
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const { left, top, width, height } = link.getBoundingClientRect();
      dialog.showModal();
      if (event.detail) show(index, (event.clientX - left) / width, (event.clientY - top) / height);
      else show(index); // by a key
    });
  }
  for (const button of dialog.querySelectorAll("[data-step]")) {
    button.addEventListener("click", () => show(shown + Number(button.dataset.step)));
  }
  view.addEventListener("click", () => dialog.close());
}
