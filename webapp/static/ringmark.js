/* Drag and drop, the list of chosen files, and a word when the site stops answering.
   Everything works without this file; it only makes it nicer. */
"use strict";

function sizeText(bytes) {
  const language = document.documentElement.lang;
  const [plain, kilo, mega] = language === "fr" ? ["o", "Kio", "Mio"] : ["B", "KB", "MB"];
  const number = (n) => n.toLocaleString(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return bytes < 1024 ? `${bytes} ${plain}` : bytes < 1048576 ? `${number(bytes / 1024)} ${kilo}` : `${number(bytes / 1048576)} ${mega}`;
}

function setUpUpload(form) {
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector(".drop");
  const chosen = form.querySelector("#chosen");
  const problem = form.querySelector("#chosen-problem");
  // Handing in, and trying where tries are taken.
  const buttons = Array.from(form.querySelectorAll("button"));

  function show() {
    const files = Array.from(input.files);
    chosen.replaceChildren(...files.slice(0, 20).map((file) => {
      const item = document.createElement("li");
      item.textContent = `${file.name} (${sizeText(file.size)})`;
      return item;
    }));
    if (files.length > 20) {
      const more = document.createElement("li");
      more.textContent = `+ ${files.length - 20}`;
      chosen.append(more);
    }
    const bytes = files.reduce((sum, file) => sum + file.size, 0);
    let text = "";
    if (files.length > Number(form.dataset.maxFiles)) text = form.dataset.tooMany;
    else if (bytes > Number(form.dataset.maxBytes)) text = form.dataset.tooBig;
    problem.textContent = text;
    problem.hidden = !text;
    for (const button of buttons) button.disabled = Boolean(text);
  }

  let depth = 0;
  drop.addEventListener("dragenter", (event) => { event.preventDefault(); depth += 1; drop.classList.add("over"); });
  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("dragleave", () => { depth -= 1; if (depth <= 0) drop.classList.remove("over"); });
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    depth = 0;
    drop.classList.remove("over");
    if (event.dataTransfer.files.length) { input.files = event.dataTransfer.files; show(); }
  });
  input.addEventListener("change", show);
  form.addEventListener("submit", (event) => {
    for (const button of buttons) button.disabled = true;
    if (event.submitter) event.submitter.classList.add("busy");
  });
  // Coming back with the browser's back button must not find the buttons still disabled.
  window.addEventListener("pageshow", () => {
    for (const button of buttons) button.classList.remove("busy");
    show();
  });
}

function setUpOffline(notice) {
  const lost = () => { notice.hidden = false; };
  document.addEventListener("htmx:sendError", lost);
  document.addEventListener("htmx:responseError", lost);
  document.addEventListener("htmx:timeout", lost);
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status < 400) notice.hidden = true;
  });
}

/* A journal's filters. The whole journal is in the page; this hides rows of it. */
function filterJournal(box) {
  const rows = Array.from(box.parentElement.querySelectorAll("tbody tr"));
  const field = (name) => box.querySelector(`[data-filter=${name}]`);
  const worst = Number(field("priority").value);
  const text = field("text").value.toLowerCase();
  let shown = 0;
  for (const row of rows) {
    const fits = Number(row.dataset.priority) <= worst
      && (!field("own").checked || row.classList.contains("own"))
      && (!text || row.textContent.toLowerCase().includes(text));
    row.hidden = !fits;
    shown += fits ? 1 : 0;
  }
  field("count").textContent = `${shown}/${rows.length} ${field("count").dataset.text}`;
}

function setUpJournals() {
  for (const box of document.querySelectorAll(".filter[hidden]")) box.hidden = false;
}
// The result replaces the live part after the page is loaded, so the document listens.
document.addEventListener("input", (event) => {
  const box = event.target.closest(".filter");
  if (box) filterJournal(box);
});
document.addEventListener("htmx:afterSettle", setUpJournals);
setUpJournals();

const form = document.querySelector("form.upload");
if (form) setUpUpload(form);
const notice = document.getElementById("offline");
if (notice) setUpOffline(notice);
