// Compares two to five localities of one comparable group; the fragment of the address has their codes.
"use strict";

(() => {
  const { groups, names, metrics, states, reasons, methods, deprivation } = window.COMPARE;
  const measures = window.COMPARE.measures.map(({ metric, period, ...measure }) => ({
    ...measure, ...metrics[metric], metric, periods: window.COMPARE.periods[period],
  }));
  const words = Charts.read("compare-words");
  const lang = words.lang;
  const form = document.getElementById("compare-choice");
  const picker = document.getElementById("compare-place");
  const says = document.getElementById("compare-says");
  const result = document.getElementById("compare-result");
  const places = Object.fromEntries(
    Object.entries(groups).flatMap(([group, codes]) => codes.map((code, number) => [code, { group, number }])),
  );
  let chosen = [];
  const byCode = new Map(Find.places.map((place) => [place.code, place]));

  function filled(message, parts) {
    return message.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  }

  function made(name, text, attributes = {}) {
    const element = document.createElement(name);
    element.textContent = text ?? "";
    Object.entries(attributes).forEach(([key, value]) => element.setAttribute(key, value));
    return element;
  }

  function nameOf(code) {
    return names[code][lang];
  }

  function groupOf(code) {
    return words.groups[places[code].group];
  }

  // Return why a locality cannot be added to the chosen ones, or an empty text if it can.
  function refusal(code, already) {
    if (!Object.hasOwn(places, code)) {
      return filled(words.unknown, { code });
    }
    if (already.includes(code)) {
      return filled(words.twice, { name: nameOf(code) });
    }
    if (already.length >= words.most) {
      return filled(words.too_many, { most: words.most });
    }
    const first = already[0];
    if (first && places[first].group !== places[code].group) {
      return filled(words.different, { one: nameOf(first), group: groupOf(first), other: nameOf(code), other_group: groupOf(code) });
    }
    return "";
  }

  // Parse the number in a text, so that a chart shows the same number as its table.
  function numberOf(text, factor) {
    return Number(text.replace(/[£%,]/g, "").replace("−", "-")) / factor;
  }

  function read(code, measure) {
    const packed = measure.values[places[code].number];
    const [stateNumber, reason, valueText, lowText, highText, method, best, worst, of] =
      Array.from({ length: 9 }, (_, index) => packed[index] ?? null);
    const [value, low, high] = [valueText, lowText, highText].map((text) => (text === null ? null : numberOf(text, measure.factor)));
    const state = states[stateNumber];
    return {
      code, name: nameOf(code), value, valueText, low, lowText, high, highText, best, worst, of, state,
      stateText: words.states[state], reason: reason === null ? null : reasons[reason],
      method: method === null ? null : methods[method],
    };
  }

  // Bounds are not a sampling interval, so they are labelled.
  function intervalText({ value, low, high, lowText, highText, method }) {
    if (value === null) {
      return "";
    }
    if (low === null || high === null) {
      return filled(words.no_interval, { why: method.words[lang] });
    }
    const text = filled(words.between, { low: lowText, high: highText });
    return method.is_bounds ? `${text} (${method.words[lang]})` : text;
  }

  function rowsOf(found, extra) {
    return found.map((item) => ({
      name: item.name, value: item.value, lci: item.low, uci: item.high, state: item.stateText, mark: "this", ...extra,
    }));
  }

  // Return a sentence on whether any intervals overlap.
  function reading(found) {
    const bounded = found.filter(({ low, high }) => low !== null && high !== null);
    if (bounded.length < 2) {
      return "";
    }
    const meet = bounded.some((one, index) => bounded.slice(index + 1).some((other) => one.low <= other.high && other.low <= one.high));
    return meet ? words.overlap : words.apart;
  }

  function summaryOf(measure, found) {
    const list = found.map((item) => (item.value === null ? `${item.name}: ${item.stateText}` : `${item.name}: ${item.valueText} (${intervalText(item)})`));
    return filled(words.summary, { name: measure.names[lang], period: measure.periods[lang], list: list.join("; ") });
  }

  function table(measure, found) {
    const ranked = found.some(({ best }) => best !== null);
    const element = document.createElement("table");
    element.append(made("caption", `${measure.names[lang]}, ${measure.periods[lang]}`));
    const head = element.createTHead().insertRow();
    const columns = [words.place, `${words.value}, ${words.interval}`, words.state, ...(ranked ? [words.rank] : [])];
    columns.forEach((label) => head.append(made("th", label, { scope: "col" })));
    const body = element.createTBody();
    // A reason that all rows share is shown once, under the table.
    const shared = found.every(({ reason }) => reason === found[0].reason) ? found[0].reason : null;
    for (const item of found) {
      const row = body.insertRow();
      row.append(made("th", item.name, { scope: "row" }));
      const value = row.insertCell();
      value.append(made("b", item.value === null ? "–" : item.valueText));
      if (item.value !== null) {
        value.append(" ", made("span", intervalText(item), { class: "interval" }));
      }
      const state = row.insertCell();
      state.append(made("span", item.stateText, { class: `state state-${item.state}` }));
      if (item.reason && !shared) {
        state.append(" ", item.reason[lang]);
      }
      if (ranked) {
        row.append(made("td", item.best === null ? "–" : filled(words.rank_words, { best: item.best, worst: item.worst, n: item.of })));
      }
    }
    const scroll = made("div", "", { class: "scroll", role: "region", tabindex: "0", "aria-label": measure.names[lang] });
    scroll.append(element);
    if (shared) {
      const why = document.createElement("p");
      why.className = "small";
      why.append(shared[lang]);
      scroll.append(why);
    }
    return scroll;
  }

  // Return the lineage of a measure: its formula, and the sources with their files.
  function origin(measure) {
    const formula = Origins.made("li", {}, Origins.formulaOf(measure.metric));
    return Origins.chain(measure.names[lang], formula, ...measure.sources.map(Origins.sourceOf));
  }

  // Return the range of the axis of a measure, and its description. The range is that of the whole group, so that a
  // small difference looks small; without a group the axis starts at zero.
  function axisOf(measure, found) {
    if (measure.span) {
      const [low, high, median, medianText, n] = measure.span;
      return { group: [{ low, high, median }], note: filled(words.axis_group, { n, median: medianText }) };
    }
    const numbers = found.flatMap(({ value, low, high }) => [value, low, high]).filter((number) => number !== null);
    return { group: [{ low: Math.min(0, ...numbers), high: Math.max(0, ...numbers), median: null }], note: words.axis_zero };
  }

  function figure(measure, found) {
    const section = made("section", "", { class: "card compare-measure" });
    section.append(made("h3", measure.names[lang]));
    const axis = axisOf(measure, found);
    const notes = [measure.periods[lang], reading(found), measure.directed ? "" : words.no_direction, axis.note];
    section.append(made("p", notes.filter(Boolean).map((note) => note.replace(/\.?$/, ".")).join(" ")));
    const chart = made("div", "", { class: "chart" });
    section.append(chart, table(measure, found), origin(measure));
    section.querySelector("caption").classList.add("visually-hidden");
    const drawing = {
      label: summaryOf(measure, found),
      words: { x: words.units[measure.unit], format: measure.format },
      rows: rowsOf(found),
      group: axis.group,
    };
    return { section, draw: () => Charts.draw(chart, "intervals", drawing) };
  }

  function triad(legs) {
    const section = made("section", "", { class: "card compare-measure" });
    section.append(made("h3", words.triad), made("p", words.triad_summary));
    const chart = made("div", "", { class: "chart" });
    section.append(chart);
    section.classList.add("whole");
    const tables = made("div", "", { class: "compare-tables" });
    section.append(tables);
    const rows = [];
    const labels = [];
    for (const { measure, found } of legs) {
      rows.push(...rowsOf(found, { leg: measure.names[lang] }).map((row) => ({ ...row, state: `${row.name}: ${row.state}` })));
      labels.push(summaryOf(measure, found));
      const box = document.createElement("div");
      box.append(table(measure, found), origin(measure));
      tables.append(box);
    }
    const drawing = { label: labels.join(" "), words: { x: words.units.share, format: ".0%" }, rows };
    return { section, draw: () => Charts.draw(chart, "triad", drawing) };
  }

  function tenths() {
    const section = made("section", "", { class: "card compare-measure" });
    const known = chosen.filter((code) => Object.hasOwn(deprivation, code));
    const indices = [...new Set(known.map((code) => words.indices[deprivation[code].index]))].join(", ");
    section.classList.add("whole");
    const charts = made("div", "", { class: "compare-tables" });
    section.append(made("h3", words.deprivation), made("p", filled(words.deprivation_summary, { index: indices })), charts);
    const top = Math.max(...known.flatMap((code) => deprivation[code].shares.map((share) => numberOf(share, "share"))));
    const drawings = [];
    const head = [words.place, ...Array.from({ length: 10 }, (_, index) => String(index + 1))];
    const table = document.createElement("table");
    table.append(made("caption", `${words.deprivation} (${words.decile})`));
    const columns = table.createTHead().insertRow();
    head.forEach((label, index) => columns.append(made("th", label, { scope: "col", ...(index ? { class: "number" } : {}) })));
    const body = table.createTBody();
    for (const code of known) {
      const { areas, shares } = deprivation[code];
      const chart = made("div", "", { class: "chart" });
      const box = document.createElement("div");
      box.append(made("h4", nameOf(code)), chart);
      charts.append(box);
      drawings.push([chart, {
        label: filled(words.deprivation_label, { name: nameOf(code), share: shares[0], n: areas }),
        words: { x: words.decile, y: words.small_areas, format: ".0%" },
        rows: shares.map((share, index) => ({ decile: index + 1, share: numberOf(share, "share"), top })),
      }]);
      const row = body.insertRow();
      row.append(made("th", nameOf(code), { scope: "row" }), ...shares.map((share) => made("td", share, { class: "number" })));
    }
    for (const code of chosen.filter((other) => !known.includes(other))) {
      section.append(made("p", filled(words.deprivation_missing, { name: nameOf(code) })));
    }
    if (known.length) {
      const scroll = made("div", "", { class: "scroll", role: "region", tabindex: "0", "aria-label": words.deprivation });
      scroll.append(table);
      section.append(scroll);
    }
    return { section, draw: () => drawings.forEach(([chart, drawing]) => Charts.draw(chart, "deprivation", drawing)) };
  }

  // Measures beyond the headline ones; they are drawn when the reader opens them.
  function more(rest) {
    const details = made("details", "", { class: "whole more" });
    const grid = made("div", "", { class: "compare-result" });
    details.append(made("summary", filled(words.more, { n: rest.length })), grid);
    details.addEventListener("toggle", () => {
      if (!grid.children.length) {
        const drawn = rest.map(({ measure, found }) => figure(measure, found));
        grid.append(...drawn.map(({ section }) => section));
        drawn.forEach(({ draw }) => draw());
      }
    });
    return details;
  }

  // Measures without a value for any of the localities, in one table.
  function nothingKnown(unknown) {
    const section = made("section", "", { class: "card whole" });
    const table = made("table", "", { class: "unknown" });
    const head = table.createTHead().insertRow();
    head.append(made("th", words.measure, { scope: "col" }), made("th", words.state, { scope: "col" }));
    const body = table.createTBody();
    for (const { measure, found } of unknown) {
      const row = body.insertRow();
      const states = found.length ? found.map(({ stateText }) => stateText) : [words.states.not_available];
      row.append(made("th", measure.names[lang], { scope: "row" }), made("td", [...new Set(states)].join("; ")));
    }
    section.append(made("h3", words.nothing_known), made("p", words.nothing_known_intro), table);
    return section;
  }

  function show() {
    const list = document.getElementById("compare-places");
    list.replaceChildren(
      ...chosen.map((code) => {
        const item = document.createElement("li");
        const button = made("button", words.remove, { type: "button", "aria-label": `${words.remove}: ${nameOf(code)}` });
        button.addEventListener("click", () => {
          choose(chosen.filter((other) => other !== code), filled(words.removed, { name: nameOf(code) }));
          picker.focus();
        });
        item.append(made("a", nameOf(code), { href: `l/${code}.html` }), " ", button);
        return item;
      }),
    );
    const missing = words.fewest - chosen.length;
    document.getElementById("compare-group").textContent = missing > 0
      ? filled(words.one_more, { n: missing })
      : filled(words.shown, { n: chosen.length, group: groupOf(chosen[0]) });
    result.replaceChildren();
    if (missing > 0) {
      return;
    }
    const own = measures.filter(({ group }) => group === places[chosen[0]].group);
    const seen = own.map((measure) => ({ measure, found: measure.values.length ? chosen.map((code) => read(code, measure)) : [] }));
    const legs = seen.filter(({ measure }) => measure.leg);
    const others = seen.filter(({ measure }) => !measure.leg);
    const known = others.filter(({ found }) => found.some(({ value }) => value !== null));
    const unknown = others.filter(({ found }) => found.every(({ value }) => value === null));
    const figures = legs.length ? [triad(legs)] : [];
    result.append(made("h2", words.result, { class: "visually-hidden" }), ...figures.map(({ section }) => section));
    for (const family of new Set(known.map(({ measure }) => measure.family))) {
      const own = known.filter(({ measure }) => measure.family === family);
      const [first, rest] = [true, false].map((isFirst) => own.filter(({ measure }) => measure.first === isFirst));
      const drawn = first.map(({ measure, found }) => figure(measure, found));
      if (family === "DEP") {
        drawn.unshift(tenths());
      }
      result.append(made("h2", words.families[family], { class: "whole" }), ...drawn.map(({ section }) => section));
      figures.push(...drawn);
      if (rest.length) {
        result.append(more(rest));
      }
    }
    if (unknown.length) {
      result.append(nothingKnown(unknown));
    }
    // A chart takes its width from the page, so it is drawn after its element is inserted.
    figures.forEach(({ draw }) => draw());
  }

  // The link to the other language keeps the chosen localities.
  function name(codes) {
    const hash = codes.length ? `#${codes.join(",")}` : "";
    history.replaceState(null, "", hash || location.pathname);
    const other = document.querySelector("a.language");
    other.href = other.getAttribute("href").replace(/#.*/, "") + hash;
  }

  function choose(codes, message) {
    chosen = codes;
    says.textContent = message;
    name(codes);
    show();
  }

  // Read the localities from the address; other anchors of the page, such as the skip link, have none.
  function follow() {
    const hash = decodeURIComponent(location.hash.slice(1));
    if (hash && !/^[A-Za-z]\d/.test(hash)) {
      return;
    }
    const wanted = hash.split(",").filter(Boolean);
    const taken = [];
    for (const code of wanted) {
      const why = refusal(code, taken);
      if (why) {
        choose([], why);
        return;
      }
      taken.push(code);
    }
    choose(taken, "");
  }

  // Return the localities that match the typed text; those that can be compared with the chosen ones are first.
  function optionsOf(text) {
    const { found, isNear } = Find.plain(text) ? Find.find(text) : { found: Find.places.map((place) => ({ place })), isNear: false };
    const open = found.filter(({ place }) => !chosen.includes(place.code));
    if (Find.plain(text)) {
      const message = open.length ? words[isNear ? "near" : "matches"] : words.no_match;
      says.textContent = filled(message, { n: open.length });
    }
    const options = open.map(({ place, town }) => ({
      value: place.code,
      label: nameOf(place.code),
      lang: lang === "cy" && !place.welsh ? "en" : "",
      note: [groupOf(place.code), town && filled(words.town, { town })].filter(Boolean).join("; "),
    }));
    const joins = ({ value }) => !refusal(value, chosen);
    return [...options.filter(joins), ...options.filter((option) => !joins(option))];
  }

  function add(code) {
    const why = refusal(code, chosen);
    if (why) {
      says.textContent = why;
    } else {
      choose([...chosen, code], filled(words.added, { name: nameOf(code) }));
    }
  }

  combobox(picker, document.getElementById("compare-options"), optionsOf, ({ value }) => add(value));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const asked = Find.plain(picker.value);
    const options = asked ? optionsOf(picker.value) : [];
    const exact = options.filter(({ value }) => byCode.get(value).keys.includes(asked));
    const [only, ...more] = exact.length ? exact : options;
    if (only && !more.length) {
      picker.value = "";
      add(only.value);
    } else {
      says.textContent = words.choose_one;
      picker.focus();
    }
  });
  window.addEventListener("hashchange", follow);
  follow();
})();
