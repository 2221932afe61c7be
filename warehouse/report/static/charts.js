// Draws the shared chart specifications in the figures of a page, with the rows and texts of each figure.
//
// A figure is <div class="chart" data-chart="KIND" data-figure="ID">; the JSON script element ID holds
// {label, words, rows}, and `group` where the chart has rows of the whole group; without a label, title and summary of
// the figure are its label. Without this script, the summary and the table have the same content.
"use strict";

window.Charts = (() => {
  // The interpreter replaces eval, which the content security policy of the pages forbids.
  // Only errors are logged: a missing interval causes a warning but is not an error.
  const ERRORS = 1;
  const OPTIONS = { ast: true, renderer: "svg", actions: false, tooltip: false, defaultStyle: false, mode: "vega", logLevel: ERRORS };

  // Return the node of a specification with every "@name" replaced by the text of the figure with that name.
  function worded(node, words) {
    if (typeof node === "string" && node.startsWith("@")) {
      return words[node.slice(1)];
    }
    if (Array.isArray(node)) {
      return node.map((item) => worded(item, words));
    }
    if (node !== null && typeof node === "object") {
      return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, worded(value, words)]));
    }
    return node;
  }

  // Draw a kind of chart into an element, without animation; the promise resolves when it is drawn.
  async function draw(element, kind, figure) {
    const spec = worded(window.CHARTS[kind], figure.words);
    for (const set of spec.data.filter(({ name }) => Object.hasOwn(figure, name))) {
      set.values = figure[set.name];
    }
    await vegaEmbed(element, spec, OPTIONS);
    const picture = element.querySelector("svg");
    picture.setAttribute("role", "img");
    if (figure.label) {
      picture.setAttribute("aria-label", figure.label);
    } else {
      const { id } = element.closest("figure");
      picture.setAttribute("aria-labelledby", `${id}-title ${id}-summary`);
    }
    element.dataset.drawn = "yes";
  }

  function read(id) {
    return JSON.parse(document.getElementById(id).textContent);
  }

  for (const element of document.querySelectorAll(".chart[data-chart]")) {
    draw(element, element.dataset.chart, read(element.dataset.figure));
  }

  return { draw, read };
})();
