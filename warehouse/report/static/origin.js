// Turns the line "Where from?" under a number into the chain that leads from it to the files it rests on.
"use strict";

(() => {
  const { metrics, sources, words: all } = window.ORIGINS;
  const lang = document.documentElement.lang;
  const words = all[lang];
  const area = document.querySelector("[data-area]").dataset.area;
  // The sources of the page, in the order in which its numbers name them.
  const listed = [...document.querySelectorAll("#from ~ ol a")].map((link) => link.hash.replace("#source-", ""));
  const method = document.querySelector("#from ~ ol a")?.getAttribute("href").replace(/#.*/, "");

  function made(name, attributes, ...children) {
    const element = document.createElement(name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    element.append(...children);
    return element;
  }

  // What the warehouse says is English on either page.
  function english(text) {
    return made("span", lang === "en" ? {} : { lang: "en" }, text);
  }

  function fileOf([name, hash, address]) {
    return made(
      "li", {}, `${words.file}: `, made("code", {}, name), made("br", {}), made("span", { class: "hash" }, `sha256 ${hash}`),
      made("br", {}), made("span", { class: "address" }, address ?? words.no_address),
    );
  }

  function sourceOf(id) {
    const { title, publisher, licence, files } = sources[id];
    return made(
      "li", {}, made("a", { href: `${method}#source-${id}` }, english(title)), ", ", english(publisher),
      `. ${words.licence}: ${licence}.`, made("ul", {}, ...files.map(fileOf)),
    );
  }

  function chain(card, hash, numbers) {
    const { metric, period } = card.dataset;
    return made(
      "ol", {},
      made("li", {}, `${words.value}: `, made("code", {}, `metrics.metric_value, ${metric}, ${area}, ${period}`)),
      made("li", {}, made("a", { href: `${method}#${metric}` }, words.formula), ": ", english(metrics[metric].formula), ` (${metrics[metric].version})`),
      made("li", {}, `${words.inputs}: `, made("code", {}, hash)),
      ...numbers.map((number) => sourceOf(listed[number - 1])),
      made("li", {}, `${words.rows}: `, made("code", {}, `cpower explain ${metric} ${area}`)),
    );
  }

  for (const line of document.querySelectorAll("article[data-metric] .from")) {
    const card = line.closest("article");
    const numbers = line.querySelector("a").textContent.match(/\d+/g).map(Number);
    const hash = line.querySelector("code").textContent;
    const name = card.querySelector("h3, h4").textContent;
    const summary = made("summary", {}, words.title, made("span", { class: "visually-hidden" }, ` ${name}`));
    const details = made("details", { class: "origin chain" }, summary);
    details.addEventListener("toggle", () => details.children.length < 2 && details.append(chain(card, hash, numbers)));
    line.replaceWith(details);
  }
})();
