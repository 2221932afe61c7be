// Search for a locality, and links to localities by name: places.html#gwynedd.
"use strict";

(() => {
  const { find, plain, places } = window.Find;
  const input = document.getElementById("q");
  const list = document.getElementById("q-list");
  const count = document.getElementById("q-count");
  const says = input.dataset;
  const LIMIT = 12;
  const address = (place) => `${says.home}l/${place.code}.html`;
  const filled = (message, parts) => message.replace(/\{(\w+)\}/g, (_, name) => parts[name]);

  const wanted = plain(decodeURIComponent(location.hash.slice(1)));
  if (wanted && document.querySelector("[data-places]")) {
    const place = places.find(({ keys }) => keys.includes(wanted));
    if (place) location.replace(address(place));
  }

  function entry({ place, town, outward, share }) {
    const welsh = says.lang === "cy";
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = address(place);
    link.textContent = (welsh && place.welsh) || place.name;
    if (welsh && !place.welsh) link.lang = "en";
    const note = document.createElement("span");
    note.className = "note";
    const why = outward ? filled(says.postcode, { share, code: outward }) : town && filled(says.town, { town });
    note.textContent = ` ${why || place.code}`;
    item.append(link, note);
    return item;
  }

  function show() {
    const { found, isNear } = find(input.value);
    list.replaceChildren(...found.slice(0, LIMIT).map(entry));
    if (!plain(input.value)) count.textContent = "";
    else if (!found.length) count.textContent = says.none;
    else count.textContent = `${isNear ? says.near : says.found} ${found.length}`;
  }

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
