// Draws the shared specifications on the figures of a page, each with its own rows and words.
//
// A figure is <div class="chart" data-chart="KIND" data-figure="ID">; the JSON script element ID holds
// {label, words, rows}, and `group` where the chart has rows of the whole group; without a label, title and summary of
// the figure name the picture. What the picture says, the summary and the table beside it say without this script.
"use strict";

window.Charts = (() => {
  // The interpreter stands in for eval, which the pages' content security policy forbids.
  // Only errors are logged: an interval that no place of a comparison has is no fault.
  const ERRORS = 1;
  const OPTIONS = { ast: true, renderer: "svg", actions: false, tooltip: false, defaultStyle: false, mode: "vega", logLevel: ERRORS };

  // Return the node of a specification with every "@word" replaced by the figure's word of that name.
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

  // Draw a kind of chart into an element; the promise is kept when it is drawn. Nothing in it moves.
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
