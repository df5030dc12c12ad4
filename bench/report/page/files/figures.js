// The figures: drawn when they come near the window, in the colours of the page, and again when those change.
const charts = new Map(JSON.parse(document.getElementById("charts").textContent).map((chart) => [chart.name, chart]));
const dark = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 600px)");
const drawn = new Set();

function painted(value, colours, key = "") {
  if (Array.isArray(value)) return value.map((item) => (item !== null && typeof item === "object" ? painted(item, colours) : item));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, painted(item, colours, name)]));
  }
  return /color$/.test(key) && value in colours ? colours[value] : value;
}

function draw(plot) {
  const style = getComputedStyle(document.documentElement);
  const colours = Object.fromEntries(["ink", "quiet", "paper", "grid", "loud"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  const { data, layout } = painted(charts.get(plot.closest("figure").id), colours);
  layout.paper_bgcolor = layout.plot_bgcolor = colours.paper;
  layout.font = { color: colours.ink, size: narrow.matches ? 10 : 12, family: "system-ui, sans-serif" };
  layout.dragmode = narrow.matches ? false : "zoom"; // a finger scrolls the page
  for (const [name, axis] of Object.entries(layout)) {
    if (/^[xy]axis/.test(name)) Object.assign(axis, { gridcolor: colours.grid, linecolor: colours.quiet, showline: true, fixedrange: narrow.matches });
  }
  for (const note of layout.annotations) {
    if (note.name === "watermark" && narrow.matches) note.font.size = 15;
  }
  drawn.add(plot);
  Plotly.react(plot, data, layout, { responsive: true, displayModeBar: false });
}

const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    draw(target);
  }
}, { rootMargin: "400px" });
for (const plot of document.querySelectorAll(".plot")) {
  plot.style.minHeight = `${charts.get(plot.closest("figure").id).layout.height}px`;
}

// Reading the library takes a browser a second or more: the page answers first.
function start() {
  const library = document.createElement("script");
  library.textContent = document.getElementById("plotly").textContent;
  document.head.append(library);
  document.querySelectorAll(".plot").forEach((plot) => watcher.observe(plot));
}
requestAnimationFrame(() => setTimeout(start));
dark.addEventListener("change", () => drawn.forEach(draw));
narrow.addEventListener("change", () => drawn.forEach(draw));
addEventListener("beforeprint", () => document.querySelectorAll(".plot").forEach((plot) => drawn.has(plot) || draw(plot)));
