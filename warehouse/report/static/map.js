// The map of hexagons: keeps the shown measure, the hexagon under pointer or focus, and the table in step.
"use strict";

(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const data = JSON.parse(document.getElementById("map-data").textContent);
  const choice = document.getElementById("map-measure");
  const says = document.getElementById("map-says");
  const hint = says.textContent;
  const ring = document.getElementById("map-ring");
  // The initial table lists every locality, in the order of the marks.
  const places = [...document.querySelectorAll("#map-rows tr")].map((row) => {
    const link = row.querySelector("a");
    return { name: link.textContent, nation: row.cells[1].textContent, address: link.getAttribute("href") };
  });
  const numbers = new Map(places.map(({ address }, number) => [address, number]));
  const hexagons = [...document.querySelectorAll("#map-hexagons a")].map((link) => {
    const [x, y] = link.getAttribute("transform").match(/-?[\d.]+/g).map(Number);
    return { link, x, y, place: numbers.get(link.getAttribute("href")) };
  });
  const headings = [...document.querySelectorAll("#map-table th[data-sort]")];
  let sort = { by: "name", down: false };

  function element(name, attributes, words) {
    const made = document.createElementNS(SVG, name);
    Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, value));
    if (words) {
      made.textContent = words;
    }
    return made;
  }

  function fill(key) {
    if (key === "outside") {
      return "var(--outside)";
    }
    const [kind, rest] = [key.slice(0, key.indexOf("-")), key.slice(key.indexOf("-") + 1)];
    return kind === "state" ? `url(#${key})` : `var(--shade-${rest})`;
  }

  function cell(key, glyph) {
    const stroke = key === "outside" ? { stroke: "var(--outside-line)" } : {};
    const parts = [element("use", { href: "#hexagon", fill: fill(key), ...stroke })];
    if (key.startsWith("low-")) {
      parts.push(element("use", { href: "#hexagon", fill: "url(#unreliable)" }));
    }
    if (glyph) {
      parts.push(element("text", { fill: `var(--on-shade-${key.at(-1)})` }, glyph));
    }
    return parts;
  }

  function mark(place) {
    const found = data.measures[choice.value].marks[place];
    if (!found) {
      return { key: "outside", value: data.outside, interval: "", state: "", glyph: "", order: null };
    }
    const [key, value, interval, state, glyph] = found.slice(0, 5).map((number) => data.words[number]);
    return { key, value, interval, state, glyph, order: found[5] ?? null };
  }

  function sentence(place) {
    const { value, interval, state } = mark(place);
    const parts = [value, interval, state].filter((part, index, all) => part && all.indexOf(part) === index);
    return `${places[place].name} (${places[place].nation}): ${parts.join("; ")}`;
  }

  function show() {
    const measure = data.measures[choice.value];
    for (const { link, place } of hexagons) {
      const { key, glyph } = mark(place);
      link.replaceChildren(...cell(key, glyph));
      link.setAttribute("aria-label", sentence(place));
    }
    document.getElementById("map-summary").textContent = measure.summary;
    document.getElementById("map-legend").replaceChildren(
      ...measure.legend.map(([key, words, glyph]) => {
        const item = document.createElement("li");
        const picture = element("svg", { viewBox: "-1 -1.1 2 2.2", stroke: "var(--soft)", "aria-hidden": "true" });
        picture.append(...cell(key, glyph));
        item.append(picture, words);
        return item;
      }),
    );
    says.textContent = hint;
    list();
  }

  function list() {
    const measure = data.measures[choice.value];
    document.getElementById("map-caption").textContent = measure.summary;
    const listed = Object.keys(measure.marks).map(Number);
    const byName = (a, b) => places[a].name.localeCompare(places[b].name, document.documentElement.lang);
    // Localities without a value are last in both sort orders.
    const byValue = (a, b) => {
      const [one, other] = [mark(a).order, mark(b).order];
      if (one === null || other === null) {
        return (one === null) - (other === null) || byName(a, b);
      }
      return (sort.down ? other - one : one - other) || byName(a, b);
    };
    listed.sort(sort.by === "value" ? byValue : (a, b) => (sort.down ? byName(b, a) : byName(a, b)));
    document.getElementById("map-rows").replaceChildren(
      ...listed.map((place) => {
        const { name, nation, address } = places[place];
        const { value, interval, state } = mark(place);
        const row = document.createElement("tr");
        const heading = document.createElement("th");
        heading.scope = "row";
        const link = document.createElement("a");
        link.setAttribute("href", address);
        link.textContent = name;
        heading.append(link);
        row.append(heading);
        [nation, value, interval, state].forEach((words, index) => {
          const box = row.insertCell();
          box.textContent = words;
          box.classList.toggle("number", index === 1);
        });
        return row;
      }),
    );
    for (const heading of headings) {
      if (heading.dataset.sort === sort.by) {
        heading.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
      } else {
        heading.removeAttribute("aria-sort");
      }
    }
  }

  function point(hexagon) {
    says.textContent = sentence(hexagon.place);
    ring.setAttribute("transform", hexagon.link.getAttribute("transform"));
    ring.setAttribute("visibility", "visible");
  }

  function leave() {
    ring.setAttribute("visibility", "hidden");
    says.textContent = hint;
  }

  function goTo(hexagon) {
    hexagons.forEach(({ link }) => link.setAttribute("tabindex", "-1"));
    hexagon.link.setAttribute("tabindex", "0");
    hexagon.link.focus({ preventScroll: false });
  }

  // Return the nearest hexagon in a direction; distance to the side counts three times.
  function next(from, [dx, dy]) {
    const ahead = hexagons
      .map((to) => ({ to, along: (to.x - from.x) * dx + (to.y - from.y) * dy, aside: (to.x - from.x) * dy - (to.y - from.y) * dx }))
      .filter(({ along }) => along > 0.1);
    ahead.sort((a, b) => a.along + 3 * Math.abs(a.aside) - b.along - 3 * Math.abs(b.aside));
    return ahead.length ? ahead[0].to : from;
  }

  const DIRECTIONS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  for (const hexagon of hexagons) {
    hexagon.link.addEventListener("focus", () => point(hexagon));
    hexagon.link.addEventListener("blur", leave);
    hexagon.link.addEventListener("pointerenter", () => point(hexagon));
    hexagon.link.addEventListener("pointerleave", leave);
    hexagon.link.addEventListener("keydown", (event) => {
      const direction = DIRECTIONS[event.key];
      if (direction) {
        event.preventDefault();
        goTo(next(hexagon, direction));
      } else if (event.key === "Home" || event.key === "End") {
        event.preventDefault();
        goTo(hexagons.at(event.key === "Home" ? 0 : -1));
      } else if (event.key === "Escape") {
        leave();
      }
    });
  }
  for (const heading of headings) {
    heading.querySelector("button").addEventListener("click", () => {
      sort = { by: heading.dataset.sort, down: sort.by === heading.dataset.sort && !sort.down };
      list();
    });
  }
  choice.addEventListener("change", show);
  show();
})();
