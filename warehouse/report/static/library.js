// Filters the records of the practice library. The choice is in the fragment of the address: #mechanism=food&nation=wales.
// A fragment that is the id of a record chooses that record.
"use strict";

(() => {
  const STEP = 25;
  const form = document.getElementById("library-filters");
  const says = document.getElementById("library-says");
  const more = document.getElementById("library-more");
  const download = document.getElementById("library-download");
  const selects = [...form.querySelectorAll("select")];
  const typed = form.querySelector("input");
  const fields = [...selects, typed];
  const records = [...document.querySelectorAll("#library-records > article")].map((element) => ({
    element, id: element.id, codes: element.dataset.codes.split(" "),
  }));
  let shown = STEP;
  let matching = records;

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const filled = (message, parts) => message.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  const textOf = (record) => {
    record.text ??= plain([...record.element.querySelectorAll("h3, p, dd")].map((part) => part.textContent).join(" "));
    return record.text;
  };

  function matches(record) {
    const words = plain(typed.value).split(/\s+/).filter(Boolean);
    return selects.every((select, number) => !select.value || select.value === record.codes[number])
      && words.every((word) => textOf(record).includes(word));
  }

  // Records that match but are not yet shown are hidden on the screen only: paper has all that match.
  function show() {
    const first = new Set(matching.slice(0, shown));
    const matched = new Set(matching);
    for (const record of records) {
      record.element.hidden = !matched.has(record);
      record.element.classList.toggle("later", !first.has(record));
    }
    const rest = matching.length - first.size;
    more.hidden = rest === 0;
    more.textContent = filled(more.dataset.says, { n: Math.min(rest, STEP) });
  }

  function tell() {
    const message = !matching.length ? "none" : matching.length > shown ? "some" : "all";
    const [n, all, first] = [matching.length, records.length, shown].map((number) => number.toLocaleString("en-GB"));
    says.textContent = filled(says.dataset[message], { n, all, shown: first });
  }

  // Write the choice into the address.
  function name() {
    const chosen = new URLSearchParams(fields.filter(({ value }) => value.trim()).map((field) => [field.name, field.value.trim()]));
    const hash = chosen.size ? `#${chosen}` : "";
    history.replaceState(null, "", hash || location.pathname);
    nameOther(hash);
  }

  // The link to the other language keeps the choice.
  function nameOther(hash) {
    const other = document.querySelector("a.language");
    other.href = other.getAttribute("href").replace(/#.*/, "") + hash;
  }

  function choose() {
    shown = STEP;
    matching = records.filter(matches);
    show();
    tell();
  }

  // Read the choice from the address. The id of a record chooses the records that name it; other fragments, such as
  // that of the skip link, are left alone.
  function follow() {
    const hash = location.hash.slice(1);
    const record = records.find(({ id }) => id === hash);
    if (hash && !record && !hash.includes("=")) {
      return;
    }
    const wanted = new URLSearchParams(record ? { text: hash } : hash);
    for (const field of fields) {
      field.value = wanted.get(field.name) ?? "";
    }
    const unknown = [...wanted].filter(([key, value]) => fields.find(({ name }) => name === key)?.value !== value);
    for (const select of selects) {
      select.value ||= "";
    }
    choose();
    nameOther(location.hash);
    if (unknown.length) {
      says.textContent += ` ${filled(says.dataset.unknown, { name: unknown.map((pair) => pair.join("=")).join(", ") })}`;
    }
    if (record) {
      record.element.querySelector("h3").focus({ preventScroll: true });
      record.element.scrollIntoView();
    }
  }

  // Return the chosen records as CSV: the labels of the page are its columns.
  function csv() {
    const heads = download.dataset.heads.split("|");
    const rows = matching.map(({ element, id }) => {
      const parts = [...element.querySelectorAll("dt")].map((label) => [label.textContent, label.nextElementSibling]);
      const own = ["h3", ".where", ".summary"].map((part, number) => [heads[number], element.querySelector(part).textContent]);
      return new Map([
        ["id", id],
        ...own,
        ...parts.map(([label, part]) => [label, part.textContent]),
        ["url", element.querySelector(".source a")?.href ?? ""],
      ]);
    });
    const columns = [...new Set(rows.flatMap((row) => [...row.keys()]))];
    // A spreadsheet runs a text that starts with one of these signs as a formula.
    const cell = (text) => `"${text.trim().replace(/\s+/g, " ").replace(/^[=+\-@]/, "'$&").replaceAll('"', '""')}"`;
    return [columns, ...rows.map((row) => columns.map((column) => row.get(column) ?? ""))]
      .map((row) => `${row.map(cell).join(",")}\r\n`)
      .join("");
  }

  form.addEventListener("input", () => {
    choose();
    name();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    fields.forEach((field) => { field.value = ""; });
    choose();
    name();
  });
  more.addEventListener("click", () => {
    const next = matching[shown];
    shown += STEP;
    show();
    tell();
    next.element.querySelector("h3").focus();
  });
  download.addEventListener("click", () => {
    const link = document.createElement("a");
    // The mark at the start has Excel read the file as UTF-8.
    link.href = URL.createObjectURL(new Blob([`\ufeff${csv()}`], { type: "text/csv" }));
    link.download = download.dataset.name;
    link.click();
    URL.revokeObjectURL(link.href);
  });
  window.addEventListener("hashchange", follow);
  choose();
  follow();
})();
