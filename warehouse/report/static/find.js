// Finds localities by name, code, town or first half of a postcode; one or two wrong letters are tolerated.
"use strict";

window.Find = (() => {
  const plain = (text) =>
    text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  const split = (text) => text.split("|").filter(Boolean);
  const CODE = /^[a-z]\d{8}$/;
  const places = window.PLACES.map(([code, name, welsh, nation, others, towns]) => {
    const keys = [code, name, welsh, ...split(others)].map(plain).filter(Boolean);
    return {
      code, name, welsh, nation, keys,
      names: keys.filter((key) => !CODE.test(key)),
      towns: split(towns).map((town) => ({ town, key: plain(town) })),
    };
  });

  function rank(keys, asked) {
    if (keys.includes(asked)) return 0;
    if (keys.some((key) => key.startsWith(asked))) return 1;
    if (keys.some((key) => key.includes(` ${asked}`))) return 2;
    return keys.some((key) => key.includes(asked)) ? 3 : 4;
  }

  // Return the first half of a full or partial postcode, or nothing if the text is not a postcode.
  function outwardOf(text) {
    const typed = text.toUpperCase().trim();
    const halves = [typed.split(/\s+/)[0], typed.replace(/\s/g, ""), typed.replace(/\s/g, "").slice(0, -3)];
    return halves.find((half) => Object.hasOwn(window.OUTWARD ?? {}, half));
  }

  // Return the edit distance of two texts: letters to change, add, remove, or swap with the next one.
  function distance(one, other) {
    let [before, last] = [[], Array.from({ length: other.length + 1 }, (_, index) => index)];
    for (let i = 1; i <= one.length; i += 1) {
      const row = [i];
      for (let j = 1; j <= other.length; j += 1) {
        const changed = last[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1);
        const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1] ? before[j - 2] + 1 : Infinity;
        row.push(Math.min(changed, last[j] + 1, row[j - 1] + 1, swapped));
      }
      [before, last] = [last, row];
    }
    return last[other.length];
  }

  // A key matches approximately as a whole, or by as many of its first words as were typed.
  function nearness(keys, asked) {
    const words = asked.split(" ").length;
    const starts = keys.flatMap((key) => [key, key.split(" ").slice(0, words).join(" ")]);
    return Math.min(...starts.map((start) => distance(asked, start)));
  }

  function near(asked) {
    const most = asked.length >= 8 ? 2 : 1;
    if (asked.length < 4) {
      return [];
    }
    return places
      .flatMap((place) => [
        { place, order: nearness(place.names, asked) },
        ...place.towns.map(({ town, key }) => ({ place, town, order: nearness([key], asked) + 0.5 })),
      ])
      .filter(({ order }) => order < most + 1);
  }

  // Return {found, isNear}: matching localities, best first, with the town or postcode that matched if it was not a name
  // or code of the locality.
  function find(text) {
    const asked = plain(text);
    if (!asked) {
      return { found: [], isNear: false };
    }
    const outward = outwardOf(text);
    const listed = outward ? window.OUTWARD[outward].map(([number, share]) => ({ place: places[number], outward, share })) : [];
    const byOrder = (a, b) => a.order - b.order || a.place.name.localeCompare(b.place.name);
    const once = (found) => found.filter(({ place }, index) => found.findIndex((other) => other.place === place) === index);
    const named = places
      .flatMap((place) => [
        { place, order: rank(place.keys, asked) },
        ...place.towns.map(({ town, key }) => ({ place, town, order: rank([key], asked) + 0.5 })),
      ])
      .filter(({ order }) => order < 4)
      .sort(byOrder);
    const found = once([...listed, ...named]);
    return found.length ? { found, isNear: false } : { found: once(near(asked).sort(byOrder)), isNear: true };
  }

  return { find, plain, places };
})();
