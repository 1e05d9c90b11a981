/* Instructors click a line of the source to comment on it. Without this file they type its number. */
"use strict";

(() => {
  const lines = ".code .line";
  document.documentElement.classList.add("can-comment");

  function leave() {
    document.querySelectorAll(`${lines}.commenting`).forEach((line) => line.classList.remove("commenting"));
  }

  function goTo(line) {
    const form = document.getElementById("comment-form");
    const [, anchor, number] = /^(file-\d+)-(\d+)$/.exec(line.id) ?? [];
    if (!form || !number) return;
    const option = form.querySelector(`option[data-anchor="${anchor}"]`);
    if (option) option.selected = true;
    form.querySelector("#comment-line").value = number;
    form.querySelector("#comment-cancel").hidden = false;
    leave();
    line.classList.add("commenting");
    // Below what is said of the line already.
    let last = line;
    while (last.nextElementSibling?.matches(".note")) last = last.nextElementSibling;
    last.after(form);
    form.querySelector("#comment-text").focus({ preventScroll: true });
    form.scrollIntoView({ block: "nearest" });
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("#comment-cancel")) {
      const form = document.getElementById("comment-form");
      form.querySelector("#comment-cancel").hidden = true;
      document.querySelector(".comment-home").append(form);
      leave();
      return;
    }
    const line = event.target.closest(lines);
    // Who selects text to copy it does not want to comment.
    if (line && !String(window.getSelection())) goTo(line);
  });
})();
