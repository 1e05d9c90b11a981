/* The rubric's editor: Ace over the textarea, problems while one types, form and YAML in step.
   Without this file the textarea and the form are sent as they are. */
"use strict";

const PAUSE = 350;  // ms without a key before the text is checked

function setUpEditor(form) {
  const area = form.querySelector("#text");
  const base = form.querySelector("#base");
  const fields = form.querySelector("#fields");
  const problems = form.querySelector("#problems");
  const state = form.querySelector("#state");
  const editor = startAce(area, form.querySelector("#ace"), form.dataset.label);
  const touched = new Map();  // form fields that the text does not say yet: name -> value
  let unsaved = "unsaved" in form.dataset;
  let leaving = false;
  let timer = 0;
  let asked = null;
  let from = editor ? "" : null;  // "ace": its text is being set by this file

  const text = () => (editor ? editor.getValue() : area.value);

  function changed() {
    unsaved = true;
    state.textContent = form.dataset.unsavedText;
    clearTimeout(timer);
    timer = setTimeout(check, PAUSE);
  }

  async function check() {
    if (asked) asked.abort();
    const asking = asked = new AbortController();
    const sent = text();
    const sentFields = new Map(touched);
    const body = new FormData();
    body.set("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    body.set("text", sent);
    body.set("base", base.value);
    body.set("ids", fields.dataset.ids);
    for (const [name, value] of sentFields) { body.append("field", name); body.append("value", value); }
    let answer;
    try {
      const response = await fetch(form.dataset.validate, { method: "POST", body, signal: asking.signal, headers: { Accept: "application/json" } });
      if (!response.ok) throw new Error(String(response.status));
      answer = await response.json();
    } catch (fault) {
      if (fault.name === "AbortError") return;
      state.textContent = form.dataset.offlineText;
      timer = setTimeout(check, 5000);
      return;
    }
    if (asking !== asked) return;
    asked = null;
    if (text() !== sent) { changed(); return; }  // somebody typed on: ask again about that
    for (const [name, value] of sentFields) if (touched.get(name) === value) touched.delete(name);
    show(answer);
  }

  function show(answer) {
    if (answer.text !== text()) setText(answer.text);
    base.value = answer.text;
    problems.innerHTML = answer.problems;
    if (editor) {
      editor.session.setAnnotations(answer.notes.map((note) => ({ row: note.line - 1, column: 0, text: note.message, type: "error" })));
    }
    if (answer.form !== undefined) {
      fields.innerHTML = answer.form;
      touched.clear();
    }
    fields.dataset.ids = Object.keys(answer.values).length ? idsOf(fields) : "";
    for (const control of fields.querySelectorAll("[name]")) {
      const value = answer.values[control.name];
      if (value !== undefined && !touched.has(control.name) && control.value !== value && control !== document.activeElement) setValue(control, value);
      wrong(control, answer.refused[control.name] || answer.errors[control.name] || "");
    }
    for (const each of fields.querySelectorAll(".of-criterion")) {
      each.querySelector("summary .pts").textContent = each.querySelector("[name$='.points']").value;
      each.querySelector("summary .of-title").textContent = each.querySelector("[name$='.title.en']").value;
    }
  }

  function setText(value) {
    if (!editor) { area.value = value; return; }
    // Only the lines that differ, so that the cursor and "undo" stay.
    const old = editor.session.getDocument().getAllLines();
    const lines = value.split("\n");
    let start = 0;
    while (start < old.length && start < lines.length && old[start] === lines[start]) start += 1;
    let end = 0;
    while (end < old.length - start && end < lines.length - start && old[old.length - 1 - end] === lines[lines.length - 1 - end]) end += 1;
    from = "ace";
    if (start < old.length - end && start < lines.length - end) {
      const range = new ace.Range(start, 0, old.length - end - 1, old[old.length - end - 1].length);
      editor.session.replace(range, lines.slice(start, lines.length - end).join("\n"));
    } else {
      editor.setValue(value, -1);
    }
    from = "";
    area.value = value;
  }

  if (editor) {
    editor.session.on("change", () => {
      area.value = editor.getValue();
      if (from !== "ace") changed();
    });
    check();
  } else {
    area.addEventListener("input", changed);
  }
  fields.addEventListener("input", (event) => {
    if (!event.target.name) return;
    touched.set(event.target.name, event.target.value);
    changed();
  });
  problems.addEventListener("click", (event) => {
    const link = event.target.closest("[data-line]");
    if (!link || !editor) return;
    event.preventDefault();
    editor.gotoLine(Number(link.dataset.line), 0, false);
    editor.focus();
    document.getElementById("ace").scrollIntoView({ block: "nearest" });
  });
  form.addEventListener("submit", () => {
    leaving = true;
    area.value = text();
    // What the text says already is not sent twice: it may say something newer than the form.
    for (const control of fields.querySelectorAll("[name]")) if (!touched.has(control.name)) control.disabled = true;
  });
  window.addEventListener("pageshow", () => {
    leaving = false;
    for (const control of fields.querySelectorAll("[name]")) control.disabled = false;
  });
  for (const each of document.querySelectorAll("[data-leave]")) each.addEventListener("click", () => { leaving = true; });
  window.addEventListener("beforeunload", (event) => {
    if (unsaved && !leaving) event.preventDefault();
  });
  state.textContent = unsaved ? form.dataset.unsavedText : form.dataset.savedText;
}

function startAce(area, place, label) {
  if (!window.ace) return null;
  ace.config.set("useStrictCSP", true);
  ace.config.set("useWorker", false);
  place.hidden = false;
  const editor = ace.edit(place, { value: area.value, tabSize: 2, useSoftTabs: true, wrap: true, indentedSoftWrap: false, showPrintMargin: false, useWorker: false, enableKeyboardAccessibility: true, fontSize: "inherit" });
  editor.session.setMode("ace/mode/yaml");
  editor.session.setUseWorker(false);
  editor.textInput.getElement().setAttribute("aria-label", label);
  editor.session.getUndoManager().reset();
  document.querySelector("label[for=text]").addEventListener("click", () => editor.focus());
  area.hidden = true;
  return editor;
}

function idsOf(fields) {
  return Array.from(fields.querySelectorAll(".of-criterion > summary > code"), (each) => each.textContent).join(" ");
}

function setValue(control, value) {
  if (control.tagName === "SELECT" && !Array.from(control.options).some((option) => option.value === value)) {
    control.prepend(new Option(value, value));
  }
  control.value = value;
}

function wrong(control, message) {
  const place = document.getElementById(`${control.id}-error`);
  place.textContent = message;
  place.hidden = !message;
  if (message) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
}

const rubricForm = document.getElementById("rubric-form");
if (rubricForm) setUpEditor(rubricForm);
