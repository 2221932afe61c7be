// Search for a place by any of its names and codes, and links to places by name: places.html#gwynedd.
(() => {
  "use strict";
  const plain = (text) =>
    text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  const places = window.PLACES.map(([code, name, welsh, nation, others]) => ({
    code,
    name,
    welsh,
    nation,
    keys: [code, name, welsh, ...others.split("|")].map(plain).filter(Boolean),
  }));
  const input = document.getElementById("q");
  const home = input.dataset.home;
  const address = (place) => `${home}l/${place.code}.html`;

  const wanted = plain(decodeURIComponent(location.hash.slice(1)));
  if (wanted && document.querySelector("[data-places]")) {
    const place = places.find(({ keys }) => keys.includes(wanted));
    if (place) location.replace(address(place));
  }

  const rank = (place, asked) => {
    if (place.keys.includes(asked)) return 0;
    if (place.keys.some((key) => key.startsWith(asked))) return 1;
    if (place.keys.some((key) => key.includes(` ${asked}`))) return 2;
    return place.keys.some((key) => key.includes(asked)) ? 3 : 4;
  };
  const LIMIT = 12;
  const list = document.getElementById("q-list");
  const count = document.getElementById("q-count");

  const entry = (place) => {
    const welsh = input.dataset.lang === "cy";
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = address(place);
    link.textContent = (welsh && place.welsh) || place.name;
    if (welsh && !place.welsh) link.lang = "en";
    const note = document.createElement("span");
    note.className = "code";
    note.textContent = ` ${place.code}`;
    item.append(link, note);
    return item;
  };

  const show = () => {
    const asked = plain(input.value);
    const found = asked
      ? places
          .map((place) => ({ place, order: rank(place, asked) }))
          .filter(({ order }) => order < 4)
          .sort((a, b) => a.order - b.order || a.place.name.localeCompare(b.place.name))
      : [];
    list.replaceChildren(...found.slice(0, LIMIT).map(({ place }) => entry(place)));
    if (!asked) count.textContent = "";
    else count.textContent = found.length ? `${input.dataset.found} ${found.length}` : input.dataset.none;
  };
  input.addEventListener("input", show);
  input.addEventListener("keydown", (event) => {
    const first = list.querySelector("a");
    if (event.key === "Enter" && first) location.href = first.href;
    if (event.key === "Escape") {
      input.value = "";
      show();
    }
  });
})();
