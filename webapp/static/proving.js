/* The matrix is brought anew while it fills; what was scrolled to stays in view. */
"use strict";

let scrolled = 0;
document.addEventListener("htmx:beforeSwap", () => { scrolled = document.getElementById("matrix")?.scrollLeft ?? 0; });
document.addEventListener("htmx:afterSwap", () => {
  const matrix = document.getElementById("matrix");
  if (matrix) matrix.scrollLeft = scrolled;
});
