// The figures: images until the library is read, then drawn where they come near the window, in the colours of the page,
// and again when those change.
const charts = new Map(JSON.parse(document.getElementById("charts").textContent).map((chart) => [chart.name, chart]));
const dark = matchMedia("(prefers-color-scheme: dark)");
const narrow = matchMedia("(max-width: 600px)");
const plots = new Map(); // by their images

const NAME_PX = () => (narrow.matches ? 66 : 84); // under a group of bars
const BAR_PX = 8;
const NARROW_STRETCH = 1.75; // so that names in two lines have room above each other
const TURNED_GAP_PX = 64;
const [ROW_PX, LEGEND_PX, LETTER_PX] = [19, 45, 6.5]; // of a legend
const SMALL_LETTER_PX = 5.6; // on average, of a name beside a panel

function painted(value, colours, key = "") {
  if (Array.isArray(value)) return value.map((item) => (item !== null && typeof item === "object" ? painted(item, colours) : item));
  if (value !== null && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, painted(item, colours, name)]));
  }
  return /color$/.test(key) && value in colours ? colours[value] : value;
}

const barsOf = ({ data }) => data.filter(({ type }) => type === "bar");
const namesOf = ({ layout }) => layout.annotations.filter(({ ax }) => ax !== undefined);
const panelsOf = ({ layout }) => Object.keys(layout).filter((name) => name.startsWith("yaxis"));

// Where the groups' names have no room beside each other, bars lie, and each panel has the names at its left.
function isTurned(chart, width) {
  return barsOf(chart).length > 0 && (width - chart.layout.margin.l - chart.layout.margin.r) / chart.layout.xaxis.tickvals.length < NAME_PX();
}

function turnedHeight(chart) {
  const thinnest = Math.min(...barsOf(chart).map(({ width }) => width));
  return chart.layout.xaxis.tickvals.length * Math.max(18, BAR_PX / thinnest);
}

// Each name in a column as wide as the longest needs.
function legendRows({ data }, width) {
  const names = data.filter(({ showlegend }) => showlegend).map(({ name }) => name);
  const widest = LEGEND_PX + LETTER_PX * Math.max(0, ...names.map((name) => name.length));
  return Math.ceil(names.length / Math.max(1, Math.floor(width / widest)));
}

function heightOf(chart, width) {
  const level = chart.layout.height * (narrow.matches && namesOf(chart).length ? NARROW_STRETCH : 1);
  const panels = isTurned(chart, width) ? panelsOf(chart).length * (turnedHeight(chart) + TURNED_GAP_PX) + 40 : level;
  return panels + ROW_PX * (Math.max(legendRows(chart, width), 1) - 1);
}

function turn({ data, layout }, panelPx) {
  const { title, domain, anchor, range, ...groups } = layout.xaxis;
  const names = panelsOf({ layout });
  const whole = names.length * (panelPx + TURNED_GAP_PX) - TURNED_GAP_PX;
  names.forEach((name, place) => {
    const number = name.slice(5);
    const top = 1 - (place * (panelPx + TURNED_GAP_PX)) / whole;
    layout[`xaxis${number}`] = { ...layout[name], domain: [0, 1], anchor: `y${number}` };
    layout[name] = { ...groups, range: [...range].reverse(), domain: [Math.max(top - panelPx / whole, 0), top], anchor: `x${number}` };
  });
  for (const trace of data) {
    [trace.x, trace.y] = [trace.y, trace.x];
    trace.xaxis = trace.yaxis.replace("y", "x");
    if (trace.type === "bar") trace.orientation = "h";
    if (trace.error_y) {
      trace.error_x = trace.error_y;
      delete trace.error_y;
    }
  }
  for (const note of layout.annotations) {
    note.xref = note.yref.replace("y", "x");
    if (note.name === "watermark") continue;
    [note.x, note.y] = [note.y, note.x];
    Object.assign(note, { textangle: 0, xanchor: "left", yanchor: "middle", xshift: 3, yshift: 0 });
  }
}

function draw(image) {
  const figure = image.closest("figure");
  const plot = plots.get(image) ?? document.createElement("div");
  if (!plots.has(image)) {
    plots.set(image, plot);
    plot.className = "plot";
    plot.setAttribute("role", "img");
    plot.setAttribute("aria-label", `${image.alt} Its numbers stand below it.`);
    image.after(plot);
    image.hidden = true;
  }
  const style = getComputedStyle(document.documentElement);
  const colours = Object.fromEntries(["ink", "quiet", "paper", "grid", "loud"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  const chart = charts.get(figure.id);
  const width = figure.clientWidth;
  const { data, layout } = painted(chart, colours);
  if (isTurned(chart, width)) turn({ data, layout }, turnedHeight(chart));
  layout.height = heightOf(chart, width);
  layout.width = plot.clientWidth;
  layout.margin.t = 12 + ROW_PX * legendRows(chart, width);
  layout.paper_bgcolor = layout.plot_bgcolor = colours.paper;
  layout.font = { color: colours.ink, size: narrow.matches ? 10 : 12, family: "system-ui, sans-serif" };
  layout.dragmode = narrow.matches ? false : "zoom"; // a finger scrolls the page
  for (const [name, axis] of Object.entries(layout)) {
    if (/^[xy]axis/.test(name)) Object.assign(axis, { gridcolor: colours.grid, linecolor: colours.quiet, showline: true, fixedrange: narrow.matches });
  }
  if (narrow.matches) {
    for (const note of layout.annotations) {
      if (note.name === "watermark") note.font.size = 15;
    }
    for (const { marker } of data) {
      if (marker?.size) marker.size *= 0.8;
    }
    for (const note of namesOf({ layout })) note.text = note.name; // in two lines
  }
  const widths = namesOf({ layout }).flatMap(({ text, ax }) => text.split("<br>").map((line) => ax + SMALL_LETTER_PX * line.length));
  layout.margin.r += Math.max(0, ...widths);
  Plotly.react(plot, data, layout, { displayModeBar: false, typesetMath: false });
}

const images = [...document.querySelectorAll("figure > img")];
const watcher = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    watcher.unobserve(target);
    draw(target);
  }
}, { rootMargin: "400px" });
// So that nothing moves when it is drawn.
const reserve = (image) => {
  const figure = image.closest("figure");
  image.style.height = `${heightOf(charts.get(figure.id), figure.clientWidth)}px`;
};
images.forEach(reserve);

// Reading the library takes a browser a good part of a second: the page answers first.
async function start() {
  const packed = Uint8Array.from(atob(document.getElementById("plotly").textContent), (letter) => letter.charCodeAt(0));
  const library = document.createElement("script");
  library.textContent = await new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).text();
  document.head.append(library);
  images.forEach((image) => watcher.observe(image));
}
const again = () => images.forEach((image) => (plots.has(image) ? draw(image) : reserve(image)));
requestAnimationFrame(() => setTimeout(start));
dark.addEventListener("change", again);
// Not the library's own way to follow the window: it keeps a box of no height, or the former width.
let [wide, resizing] = [innerWidth, 0];
addEventListener("resize", () => {
  if (innerWidth === wide) return; // a phone's bar that comes and goes
  wide = innerWidth;
  clearTimeout(resizing);
  resizing = setTimeout(again, 100);
});
