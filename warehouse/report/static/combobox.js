// A text field with a list of options (combobox pattern of the ARIA Authoring Practices): the focus stays
// in the field, the arrow keys move through the list, Enter chooses, and Escape closes the list.
"use strict";

// `optionsOf(text)` returns the options for a typed text, each {value, label, note, lang}; `choose(option)` selects one.
window.combobox = (input, list, optionsOf, choose) => {
  let options = [];
  let active = -1;

  function mark(number) {
    active = number;
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", String(index === active)));
    if (active < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
      input.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    }
  }

  function open(found) {
    options = found;
    list.replaceChildren(
      ...options.map(({ label, note, lang }, number) => {
        const item = document.createElement("li");
        item.id = `${list.id}-${number}`;
        item.setAttribute("role", "option");
        const name = document.createElement("span");
        name.textContent = label;
        if (lang) name.lang = lang;
        const about = document.createElement("span");
        about.className = "note";
        about.textContent = ` ${note}`;
        item.append(name, about);
        item.addEventListener("pointerdown", (event) => {
          event.preventDefault();
          take(options[number]);
        });
        return item;
      }),
    );
    list.hidden = options.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
    mark(-1);
  }

  function take(option) {
    input.value = "";
    open([]);
    choose(option);
  }

  function move(step) {
    if (!options.length) {
      open(optionsOf(input.value));
    }
    if (options.length) {
      mark(active < 0 && step < 0 ? options.length - 1 : (active + step + options.length) % options.length);
    }
  }

  input.addEventListener("input", () => open(optionsOf(input.value)));
  input.addEventListener("blur", () => open([]));
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && active >= 0) {
      event.preventDefault();
      take(options[active]);
    } else if (event.key === "Escape") {
      if (list.hidden) input.value = "";
      open([]);
    }
  });
};
