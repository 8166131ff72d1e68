// Elements and numbers for people. Words only ever become text, never markup.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

export const find = (id) => document.getElementById(id);

// A bar of parts: [share from 0 to 1, class]. It repeats what stands beside it in words, so it is hidden from readers.
export function bar(...parts) {
  const pieces = parts.filter(([share]) => share > 0).map(([share, kind]) => {
    const piece = element("i", { class: kind });
    piece.style.width = `${Math.min(share, 1) * 100}%`;
    return piece;
  });
  return element("div", { class: "bar", "aria-hidden": "true" }, ...pieces);
}

const numbers = new Intl.NumberFormat("en");

export const count = (number) => (number === null || number === undefined ? "–" : numbers.format(number));
export const percent = (share) => (share === null || share === undefined ? "–" : `${(share * 100).toFixed(share === 1 ? 0 : 1)} %`);

export function duration(us) {
  if (us === null || us === undefined) return "–";
  if (us < 1000) return `${us < 10 ? us.toFixed(1).replace(/\.0$/, "") : Math.round(us)} µs`;
  if (us < 1_000_000) return `${(us / 1000).toFixed(us < 100_000 ? 1 : 0)} ms`;
  if (us < 120_000_000) return `${(us / 1_000_000).toFixed(1)} s`;
  return `${Math.round(us / 60_000_000)} min`;
}

export function age(ms) {
  if (ms < 1000) return "just now";
  const units = [[86_400_000, "d"], [3_600_000, "h"], [60_000, "min"], [1000, "s"]];
  const [size, unit] = units.find(([size]) => ms >= size);
  return `${Math.floor(ms / size)} ${unit} ago`;
}
