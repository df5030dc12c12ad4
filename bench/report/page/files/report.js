"use strict";

// The table: sorting and filtering. Without JavaScript it is a plain table.
const table = document.getElementById("cells");
const body = table.tBodies[0];
const headings = [...table.tHead.rows[0].cells];
const rows = [...body.rows];
const search = document.getElementById("search");
const selects = [...document.querySelectorAll("select[data-column]")];

const place = (column) => headings.findIndex((heading) => heading.dataset.column === column);

const toggled = document.getElementById("columns");
headings.forEach((heading, column) => {
  if (heading.classList.contains("more")) rows.forEach((row) => row.cells[column].classList.add("more"));
});
toggled.addEventListener("click", () => {
  const all = table.classList.toggle("main-only") === false;
  toggled.setAttribute("aria-pressed", String(all));
});

function sort(column) {
  const heading = headings[column];
  const descending = heading.getAttribute("aria-sort") === "ascending";
  headings.forEach((other) => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const keyed = rows.map((row) => [row.cells[column].dataset.value, row]);
  const numeric = keyed.every(([value]) => value === "" || !Number.isNaN(Number(value)));
  keyed.sort(([a], [b]) => {
    if (a === "" || b === "") return (a === "") - (b === "");  // what was not measured stays at the end
    const order = numeric ? a - b : a.localeCompare(b);
    return descending ? -order : order;
  });
  body.append(...keyed.map(([, row]) => row));
}
headings.forEach((heading, column) => heading.querySelector("button").addEventListener("click", () => sort(column)));

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = selects.filter((select) => select.value).map((select) => [place(select.dataset.column), select.value]);
  let shown = 0;
  for (const row of rows) {
    const text = words.length ? row.textContent.toLowerCase() : "";
    row.hidden = !(words.every((word) => text.includes(word))
      && wanted.every(([column, value]) => row.cells[column].dataset.value === value));
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById("count").textContent = `${shown} of ${rows.length} cells`;
}
search.addEventListener("input", filter);
selects.forEach((select) => select.addEventListener("change", filter));
document.querySelector(".filters").hidden = false;
filter();

// The figures: drawn in the colours of the page, and again when those change.
const dark = matchMedia("(prefers-color-scheme: dark)");

function painted(value, colours, key = "") {
  if (Array.isArray(value)) return value.map((item) => painted(item, colours, key));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, painted(item, colours, name)]));
  }
  return /color$/.test(key) && value in colours ? colours[value] : value;
}

function draw() {
  const style = getComputedStyle(document.documentElement);
  const colours = Object.fromEntries(["ink", "quiet", "paper", "grid", "loud"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  const narrow = innerWidth < 600;
  for (const chart of charts) {
    const { data, layout } = painted(chart, colours);
    layout.paper_bgcolor = layout.plot_bgcolor = colours.paper;
    layout.font = { color: colours.ink, size: narrow ? 10 : 12, family: "system-ui, sans-serif" };
    for (const [name, axis] of Object.entries(layout)) {
      if (/^[xy]axis/.test(name)) Object.assign(axis, { gridcolor: colours.grid, linecolor: colours.quiet, showline: true });
    }
    for (const note of layout.annotations) {
      if (note.name === "watermark" && narrow) note.font.size = 15;
    }
    const plot = document.querySelector(`#${chart.name} .plot`);
    Plotly.react(plot, data, layout, { responsive: true, displaylogo: false, displayModeBar: !narrow && "hover" });
  }
}
draw();
dark.addEventListener("change", draw);
