// Expands the sources that a page names for a number into its lineage: formula, sources and files.
//
// Each source of a <details class="origin"> is <li data-source="ID">; its publisher, licence and files are added when the
// element is opened. The line "Where from?" under a number of a locality becomes such an element.
"use strict";

window.Origins = (() => {
  const { metrics, sources, words: all } = window.ORIGINS;
  const lang = document.documentElement.lang;
  const words = all[lang];
  const method = document.querySelector("link[rel=help]").getAttribute("href");
  const area = document.querySelector("[data-area]")?.dataset.area;

  function made(name, attributes, ...children) {
    const element = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.append(...children);
    return element;
  }

  // Texts of the warehouse are in English on the pages of both languages.
  function english(text) {
    return made("span", lang === "en" ? {} : { lang: "en" }, text);
  }

  function fileOf([name, hash, address]) {
    return made(
      "li", {}, `${words.file}: `, made("code", {}, name), made("br", {}), made("span", { class: "hash" }, `sha256 ${hash}`),
      made("br", {}), made("span", { class: "address" }, address ?? words.no_address),
    );
  }

  function complete(item) {
    const { publisher, licence, files } = sources[item.dataset.source];
    item.append(", ", english(publisher), `. ${words.licence}: ${licence}.`);
    // Of a source with a file for each locality, the page of a locality names its own.
    const own = files.filter(([name]) => area && name.includes(area));
    const shown = own.length ? own : files;
    if (shown.length) {
      item.append(made("ul", {}, ...shown.map(fileOf)));
    }
  }

  function sourceOf(id) {
    return made("li", { "data-source": id }, made("a", { href: `${method}#source-${id}` }, english(sources[id].title)));
  }

  // Add publisher, licence and files to each source when the element is first opened.
  function follow(details) {
    const open = () => details.querySelectorAll("[data-source]").forEach(complete);
    details.addEventListener("toggle", open, { once: true });
  }

  // Return a <details> element with list items; `name` is its label for assistive technology.
  function chain(name, ...items) {
    const summary = made("summary", {}, words.title, made("span", { class: "visually-hidden" }, ` ${name}`));
    const details = made("details", { class: "origin chain" }, summary, made("ol", {}, ...items));
    follow(details);
    return details;
  }

  function formulaOf(metric) {
    return made("a", { href: `${method}#${metric}` }, words.formula);
  }

  document.querySelectorAll("details.origin").forEach(follow);
  // Sources of the page of a locality, in the order of its numbers.
  const listed = [...document.querySelectorAll("#from ~ ol a")].map((link) => link.hash.replace("#source-", ""));
  for (const line of document.querySelectorAll("article[data-metric] .from")) {
    const { metric, period } = line.closest("article").dataset;
    const numbers = line.querySelector("a").textContent.match(/\d+/g).map(Number);
    line.replaceWith(chain(
      line.closest("article").querySelector("h3, h4").textContent,
      made("li", {}, `${words.value}: `, made("code", {}, `metrics.metric_value, ${metric}, ${area}, ${period}`)),
      made("li", {}, formulaOf(metric), ": ", english(metrics[metric].formula), ` (${metrics[metric].version})`),
      made("li", {}, `${words.inputs}: `, made("code", {}, line.querySelector("code").textContent)),
      ...numbers.map((number) => sourceOf(listed[number - 1])),
    ));
  }

  return { made, chain, formulaOf, sourceOf };
})();
