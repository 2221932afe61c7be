// Makes the text of a suggested practice from the form, as YAML. Nothing is sent.
"use strict";

(() => {
  const { words, email, records } = JSON.parse(document.getElementById("suggest-words").textContent);
  // Mail programs cut off longer addresses.
  const LONGEST_MAIL = 1800;
  const form = document.getElementById("suggest-form");
  const result = document.getElementById("suggest-result");
  const made = document.getElementById("suggest-text");
  const says = document.getElementById("suggest-says");
  const about = document.getElementById("suggest-record");
  const download = document.getElementById("suggest-download");
  const mail = document.getElementById("suggest-mail");
  const axes = [...form.querySelectorAll("[data-axis]")];

  const filled = (message, parts) => message.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  const tidy = (text) => text.toWellFormed().replace(/[\p{Cc}\u2028\u2029\s]+/gu, " ").trim();

  // A JSON string is a quoted text of YAML, whatever it has in it.
  const quoted = (text) => JSON.stringify(text);

  function partners() {
    return [...form.querySelectorAll("[data-partner]")]
      .map((input) => [tidy(input.value), form.querySelector(`[data-sector="${input.dataset.partner}"]`).value])
      .filter(([name]) => name);
  }

  // The codes by axis; several of one axis are joined by semicolons.
  function codes() {
    const found = {};
    axes.filter(({ value }) => value).forEach(({ dataset, value }) => {
      found[dataset.axis] = found[dataset.axis] ? `${found[dataset.axis]};${value}` : value;
    });
    return found;
  }

  // The codes are filled in as a whole or not at all, and each type is given once.
  function check() {
    const isCoded = axes.some(({ value }) => value);
    const types = axes.filter(({ dataset, value }) => value && /type/.test(dataset.axis)).map(({ value }) => value);
    axes.forEach((select) => {
      const isMissing = isCoded && !select.value && !("optional" in select.dataset);
      const isRepeated = "optional" in select.dataset && types.filter((type) => type === select.value).length > 1;
      select.setCustomValidity(isMissing || isRepeated ? words.codes : "");
    });
    form.querySelectorAll("[data-partner]").forEach((input) => {
      const sector = form.querySelector(`[data-sector="${input.dataset.partner}"]`);
      sector.required = Boolean(tidy(input.value));
    });
    if (axes.some(({ validationMessage }) => validationMessage)) form.querySelector("details").open = true;
    return form.reportValidity();
  }

  function text() {
    const values = [...new FormData(form)].map(([name, value]) => [name, tidy(value)]);
    const lines = [...values, ...Object.entries(codes())]
      .filter(([, value]) => value)
      .map(([name, value]) => `${name}: ${quoted(value)}`);
    const named = partners().map(([name, sector]) => `  - {name: ${quoted(name)}, sector: ${sector}}`);
    const all = [...lines, ...(named.length ? ["partners:", ...named] : [])];
    return `practices:\n${all.map((line, number) => `${number ? "    " : "  - "}${line}`).join("\n")}\n`;
  }

  function address(whole) {
    const link = (body) => `mailto:${email}?subject=${encodeURIComponent(words.subject)}&body=${encodeURIComponent(body)}`;
    const full = link(whole.replace(/\n/g, "\r\n"));
    return full.length <= LONGEST_MAIL ? full : link(words.long);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!check()) return;
    made.value = text();
    URL.revokeObjectURL(download.href);
    download.href = URL.createObjectURL(new Blob([made.value], { type: "application/yaml" }));
    if (mail) mail.href = address(made.value);
    result.hidden = false;
    says.textContent = words.made;
    document.getElementById("result").focus();
  });
  form.addEventListener("input", () => {
    axes.forEach((select) => select.setCustomValidity(""));
  });
  form.addEventListener("reset", () => {
    result.hidden = true;
    about.textContent = "";
  });
  document.getElementById("suggest-copy").addEventListener("click", async () => {
    made.select();
    try {
      await navigator.clipboard.writeText(made.value);
      says.textContent = words.copied;
    } catch {
      says.textContent = words.select;
    }
  });

  // Fill in the record to correct.
  const asked = new URLSearchParams(window.location.search).get("practice");
  if (asked) {
    const script = document.createElement("script");
    script.src = new URL(records, document.querySelector('script[src$="suggest.js"]').src).href;
    script.addEventListener("load", () => {
      const record = Object.hasOwn(window.RECORDS, asked) ? window.RECORDS[asked] : null;
      about.textContent = filled(record ? words.corrects : words.unknown, { id: asked });
      if (!record) return;
      form.elements.corrects.value = asked;
      Object.entries(record).forEach(([name, value]) => {
        form.elements[name].value = value;
      });
    });
    document.body.append(script);
  }
})();
