// The table: sorting, filtering, choosing columns. Without JavaScript it is a plain table.
const table = document.getElementById("cells");
const body = table.tBodies[0];
const headings = [...table.tHead.rows[0].cells];
const rows = [...body.rows];
const search = document.getElementById("search");
const selects = [...document.querySelectorAll("select[data-column]")];
const boxes = [...document.querySelectorAll("#columns input")];
const narrow = matchMedia("(max-width: 40rem)");

const place = (column) => headings.findIndex((heading) => heading.dataset.column === column);

// Best first on the first click, the other way round on the second; what was not measured stays at the end.
function sort(column) {
  const heading = headings[column];
  const first = heading.dataset.best;
  const order = heading.getAttribute("aria-sort") !== first ? first : first === "ascending" ? "descending" : "ascending";
  headings.forEach((other) => other.removeAttribute("aria-sort"));
  heading.setAttribute("aria-sort", order);
  const keyed = rows.map((row) => [row.cells[column].dataset.value, row]);
  const numeric = keyed.every(([value]) => value === "" || !Number.isNaN(Number(value)));
  keyed.sort(([a], [b]) => {
    if (a === "" || b === "") return (a === "") - (b === "");
    const ascending = numeric ? a - b : a.localeCompare(b);
    return order === "ascending" ? ascending : -ascending;
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

// One rule of style shows or hides a column, however many rows there are; where none does, the main columns are seen.
const sheet = new CSSStyleSheet();
document.adoptedStyleSheets = [sheet];
function show() {
  const changed = boxes.map((box) => ({ number: place(box.value) + 1, seen: box.checked })).filter(({ number, seen }) => seen !== number <= table.dataset.main);
  sheet.replaceSync(changed.map(({ number, seen }) => `#cells tr > :nth-child(${number}) { display: ${seen ? "table-cell" : "none"}; }`).join("\n"));
}
function preset() {
  boxes.forEach((box) => { box.checked = box.dataset.shown === "always" || (box.dataset.shown === "wide" && !narrow.matches); });
  show();
}
document.getElementById("columns").addEventListener("change", show);
narrow.addEventListener("change", preset);

document.querySelector(".filters").hidden = false;
preset();
filter();
