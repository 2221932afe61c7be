// Draws every value of a measure with its interval beside its text, all localities of a group on one scale.
"use strict";

(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const [WIDTH, MARGIN, MIDDLE] = [320, 10, 12];

  function drawn(name, attributes) {
    const element = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  }

  for (const table of document.querySelectorAll("table.measured")) {
    const numbers = [...table.querySelectorAll("data")].map((element) => Number(element.value));
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const place = (number) => MARGIN + (high === low ? 0.5 : (number - low) / (high - low)) * (WIDTH - 2 * MARGIN);
    for (const row of table.tBodies[0].rows) {
      const [value, ...ends] = [...row.querySelectorAll("data")].map((element) => place(Number(element.value)));
      const picture = drawn("svg", { class: "strip", viewBox: `0 0 ${WIDTH} 24`, "aria-hidden": "true" });
      picture.append(drawn("path", { class: "axis", d: `M${MARGIN} ${MIDDLE}H${WIDTH - MARGIN}` }));
      if (ends.length === 2) {
        picture.append(drawn("path", { class: "ci", d: `M${ends[0]} ${MIDDLE}H${ends[1]}` }));
      }
      picture.append(drawn("path", { class: "own", d: `M${value} ${MIDDLE - 8}l6 8-6 8-6-8z` }));
      row.cells[2].prepend(picture);
    }
  }
})();
