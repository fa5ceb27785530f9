// Beside each password field a button that shows what was typed; beneath each new password a word
// on how hard it is to guess. The word only helps: the site itself decides what it takes.
"use strict";

(() => {
  const words = document.currentScript.dataset;

  // Roughly the bits of a guess: how many different characters there are, less what repeats or
  // runs on ("aaaa", "1234"), so that length counts for more than punctuation.
  function bits(password) {
    let run = 0;
    const characters = [...password];
    for (let i = 1; i < characters.length; i += 1) {
      const step = characters[i].codePointAt(0) - characters[i - 1].codePointAt(0);
      if (Math.abs(step) <= 1) run += 1;
    }
    const kinds = [/[a-z]/, /[A-Z]/, /[0-9]/, /[^a-zA-Z0-9]/].filter((kind) => kind.test(password));
    const different = new Set(characters).size;
    const each = Math.min(Math.log2(different + 1), 4) * (0.55 + 0.1 * kinds.length);
    return (characters.length - 0.8 * run) * each;
  }

  function strength(password) {
    if (password.length < 10) return 0;
    return [30, 42, 60].filter((limit) => bits(password) >= limit).length;
  }

  function hint(field) {
    const live = document.createElement("p");
    live.className = "hint strength";
    live.setAttribute("aria-live", "polite");
    const meter = document.createElement("meter");
    Object.assign(meter, { min: 0, max: 4, low: 2, high: 3, optimum: 4, value: 0, hidden: true });
    meter.setAttribute("aria-hidden", "true"); // the words beside it say the same
    field.closest(".field").append(meter, live);
    let later;
    field.addEventListener("input", () => {
      const found = strength(field.value);
      meter.hidden = !field.value;
      meter.value = found + 1;
      clearTimeout(later); // a screen reader would else be told at every key
      later = setTimeout(() => {
        live.textContent = field.value ? words[`strength-${found}`] : "";
      }, 400);
    });
  }

  function reveal(field) {
    const frame = document.createElement("div");
    const button = document.createElement("button");
    const told = document.createElement("span");
    frame.className = "reveal";
    button.type = "button";
    button.className = "link-button";
    button.setAttribute("aria-controls", field.id);
    told.className = "visually-hidden";
    told.setAttribute("aria-live", "polite");
    field.before(frame);
    frame.append(field, button, told);
    function show(shown) {
      field.type = shown ? "text" : "password";
      button.textContent = shown ? words.hide : words.show;
      button.setAttribute("aria-label", shown ? words.hideLabel : words.showLabel);
    }
    button.addEventListener("click", () => {
      show(field.type === "password");
      told.textContent = field.type === "text" ? words.shown : words.hidden;
    });
    // A password shown is sent as text, which the browser would offer again later.
    field.form.addEventListener("submit", () => show(false));
    show(false);
  }

  for (const field of document.querySelectorAll('input[type="password"]')) {
    reveal(field);
    if (field.autocomplete === "new-password" && field.id.endsWith("password1")) hint(field);
  }
})();
