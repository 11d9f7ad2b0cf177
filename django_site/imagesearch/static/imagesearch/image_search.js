// Image search: drop and paste, a frame to crop by, and the image shown above its results.
// It stays in this browser: the shop gets it to embed and keeps nothing.
"use strict";

const KEPT = "searched-image";
const KEPT_HEIGHT = 240;
const MIN_FRAME_SHARE = 0.08; // part of the image that a frame spans at least
const STEP = 0.02; // of an arrow key
const WHOLE = { left: 0, top: 0, right: 1, bottom: 1 };

const made = new WeakSet();

/** The form of this page; a listing whose vectors are away is replaced by one that htmx brings. */
function startForm() {
  const form = document.querySelector(".image-form");
  if (!form || made.has(form)) return form;
  made.add(form);
  makeForm(form);
  if (!kept()?.vector) keep(null); // chosen for a search that failed: the next results are not of this image
  return form;
}

if (!startForm()) showSearched();
document.addEventListener("htmx:afterSettle", startForm);

function makeForm(form) {
  const input = form.elements.image;
  const drop = document.getElementById("drop");
  const area = document.getElementById("crop-area");
  const canvas = document.getElementById("crop-image");
  const frame = makeFrame(document.getElementById("crop-frame"), (crop) => {
    form.elements.crop.value = [crop.left, crop.top, crop.right, crop.bottom].map((part) => part.toFixed(4)).join();
  });
  let bitmap = null;
  let choices = 0;

  async function show() {
    const choice = ++choices;
    const [file] = input.files;
    bitmap = null;
    area.hidden = true;
    frame.set({ ...WHOLE });
    form.elements.crop.value = "";
    const decoded = file ? await createImageBitmap(file).catch(() => null) : null;
    if (choice !== choices || decoded === null) return;
    bitmap = decoded;
    area.hidden = false;
    const scale = Math.min(1, 1200 / Math.max(bitmap.width, bitmap.height));
    draw(canvas, bitmap, WHOLE, bitmap.height * scale);
    frame.set({ ...WHOLE });
  }

  function take(files) {
    const images = new DataTransfer();
    const image = [...files].find((file) => file.type.startsWith("image/"));
    if (!image) return;
    images.items.add(image);
    input.files = images.files;
    show();
  }

  input.addEventListener("change", show);
  for (const type of ["dragover", "dragleave", "drop"]) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", type === "dragover");
      if (type === "drop") take(event.dataTransfer.files);
    });
  }
  document.addEventListener("paste", (event) => {
    if (form.isConnected) take(event.clipboardData.files);
  });
  form.addEventListener("submit", () => keep(bitmap && { image: small(bitmap, frame.crop) }));
  show(); // the browser's Back button may bring a chosen file along
}

/** A rectangle over the image: dragged as a whole or by its corners, or moved by the arrow keys. */
function makeFrame(element, changed) {
  let crop = { ...WHOLE };
  const corners = [
    ["upper-left", "Upper left corner of the frame", ["left", "top"]],
    ["lower-right", "Lower right corner of the frame", ["right", "bottom"]],
  ];

  function set(wanted) {
    crop = wanted;
    element.style.left = `${100 * crop.left}%`;
    element.style.top = `${100 * crop.top}%`;
    element.style.width = `${100 * (crop.right - crop.left)}%`;
    element.style.height = `${100 * (crop.bottom - crop.top)}%`;
    changed(crop);
  }

  function moveCorner([horizontal, vertical], x, y) {
    const next = { ...crop };
    next[horizontal] = horizontal === "left" ? between(0, x, crop.right - MIN_FRAME_SHARE) : between(crop.left + MIN_FRAME_SHARE, x, 1);
    next[vertical] = vertical === "top" ? between(0, y, crop.bottom - MIN_FRAME_SHARE) : between(crop.top + MIN_FRAME_SHARE, y, 1);
    set(next);
  }

  function moveWhole(from, dx, dy) {
    const left = between(0, from.left + dx, 1 - (from.right - from.left));
    const top = between(0, from.top + dy, 1 - (from.bottom - from.top));
    set({ left, top, right: left + from.right - from.left, bottom: top + from.bottom - from.top });
  }

  function dragged(handle, move) {
    handle.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      event.stopPropagation();
      handle.setPointerCapture(event.pointerId);
      const box = element.parentElement.getBoundingClientRect();
      const from = { crop, x: event.clientX, y: event.clientY };
      const drag = new AbortController();
      const { signal } = drag;
      handle.addEventListener("pointermove", (moved) => move(moved, from, box), { signal });
      for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, () => drag.abort(), { signal });
    });
  }

  for (const [name, label, edges] of corners) {
    const handle = document.createElement("button");
    handle.type = "button";
    handle.className = name;
    handle.setAttribute("aria-label", label);
    handle.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key];
      if (!steps) return;
      event.preventDefault();
      moveCorner(edges, crop[edges[0]] + steps[0], crop[edges[1]] + steps[1]);
    });
    dragged(handle, (moved, _, box) => {
      moveCorner(edges, (moved.clientX - box.left) / box.width, (moved.clientY - box.top) / box.height);
    });
    element.append(handle);
  }
  dragged(element, (moved, from, box) => {
    moveWhole(from.crop, (moved.clientX - from.x) / box.width, (moved.clientY - from.y) / box.height);
  });

  return {
    set,
    get crop() {
      return crop;
    },
  };
}

const between = (low, value, high) => Math.min(Math.max(value, low), high);

/** Draws the part of an image that a frame holds, scaled to a height. */
function draw(canvas, bitmap, crop, height) {
  const width = bitmap.width * (crop.right - crop.left);
  const tall = bitmap.height * (crop.bottom - crop.top);
  canvas.height = Math.max(1, Math.round(height));
  canvas.width = Math.max(1, Math.round((height * width) / tall));
  const paper = canvas.getContext("2d");
  paper.drawImage(bitmap, bitmap.width * crop.left, bitmap.height * crop.top, width, tall, 0, 0, canvas.width, canvas.height);
}

function small(bitmap, crop) {
  const canvas = document.createElement("canvas");
  draw(canvas, bitmap, crop, KEPT_HEIGHT);
  return canvas.toDataURL("image/jpeg", 0.8);
}

/** The image last searched by and, once there were results, their vector; null without one. */
function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT));
  } catch {
    return null; // no storage in this browser
  }
}

function keep(searched) {
  try {
    if (searched) sessionStorage.setItem(KEPT, JSON.stringify(searched));
    else sessionStorage.removeItem(KEPT);
  } catch {
    // no room, or no storage in this browser: the results stand without the image
  }
}

async function showSearched() {
  const canvas = document.getElementById("searched-image");
  const searched = kept();
  const vector = new URLSearchParams(window.location.search).get("v");
  if (!canvas || !searched || (searched.vector ?? vector) !== vector) return;
  keep({ ...searched, vector }); // the image belongs to this search from now on
  const bytes = Uint8Array.from(atob(searched.image.split(",")[1]), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/jpeg" })).catch(() => null);
  if (!bitmap) return;
  draw(canvas, bitmap, WHOLE, KEPT_HEIGHT);
  canvas.hidden = false;
}
