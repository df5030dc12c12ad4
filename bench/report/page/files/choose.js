// The choice under the reader's limits. What is decided by statistics is decided before (bench/report/page/choices.py):
// here cells are left out, ranked and worded, as `bench recommend` does under the same limits.
const unique = (list) => [...new Set(list)];
const miss = (value, { bound, more }) => Math.max((more ? bound - value : value - bound) / bound, 0);

function limitText({ name, bound, more }) {
  const { unit, factor } = known.quantities[name];
  const shown = bound * factor;
  const digits = shown >= 1000 ? 0 : shown >= 100 ? 1 : shown >= 1 ? 2 : 3;
  return `${more ? "at least" : "at most"} ${shown.toFixed(digits)} ${unit}`;
}

// Rank each boundary's cells that keep every limit; where none does, return those that miss them by least.
function recommend(board, goal, limits) {
  const needed = unique([...goal.names, ...limits.map((limit) => limit.name)]);
  const power = needed.some((name) => known.quantities[name].power);
  const groups = new Map();
  const misses = { measured: [], simulated: [] };
  board.cells.forEach((cell, place) => {
    if (needed.some((name) => cell.values[name] === undefined)) return;
    const worst = Math.max(0, ...limits.map((limit) => miss(cell.values[limit.name], limit)));
    const boundary = power ? cell.boundary : null;
    if (worst > 0) misses[boundary === "simulated" ? "simulated" : "measured"].push({ cell, worst });
    else groups.set(boundary, (groups.get(boundary) ?? new Set()).add(place));
  });
  const order = [...groups.keys()].sort((a, b) => (a === "simulated") - (b === "simulated"));
  const rankings = order.map((boundary) => ({ boundary, choices: ranked(board, goal, groups.get(boundary)) }));
  const near = rankings.length ? [] : misses.measured.length ? misses.measured : misses.simulated;
  const least = Math.min(...near.map(({ worst }) => worst));
  return { rankings, nearest: near.filter(({ worst }) => worst === least).map(({ cell }) => cell) };
}

// A cell's rank is one more than there are cells that are told to be better, corrected for all pairs (Holm).
function ranked(board, goal, kept) {
  const places = goal.ranked.map((_, place) => place).filter((place) => kept.has(goal.ranked[place]));
  const duels = places.flatMap((one, index) => places.slice(index + 1).map((other) => ({ one, other, p: goal.odds[one][other - one - 1] })));
  const judged = duels.filter(({ p }) => p !== null).sort((a, b) => a.p - b.p);
  let highest = 0;
  judged.forEach((duel, index) => {
    highest = Math.max(highest, Math.min(duel.p * (judged.length - index), 1));
    duel.told = highest <= known.alpha;
  });
  const ranks = new Map(places.map((place) => [place, 1]));
  for (const { one, other, told } of duels) {
    if (told || (goal.worthless[other] && !goal.worthless[one])) ranks.set(other, ranks.get(other) + 1);
  }
  const all = [...ranks.values()];
  return places.map((place) => {
    const rank = ranks.get(place);
    return { cell: board.cells[goal.ranked[place]], rank, tied: all.filter((each) => each === rank).length > 1 };
  });
}

const best = (ranking) => ranking.choices.filter(({ rank }) => rank === 1).map(({ cell }) => cell);
const numbers = (cell, names) => unique(names).filter((name) => cell.said[name]).map((name) => cell.said[name]).join(", ");

function titles(cells) {
  const [first, ...others] = unique(cells.map((cell) => cell.title));
  if (!others.length) return first;
  const rest = others.length - known.named;
  return `${first} (not told apart from ${[...others.slice(0, known.named), ...(rest > 0 ? [`${rest} more`] : [])].join(", ")})`;
}

function labels(cells) {
  const found = known.labels.filter((label) => cells.some((cell) => cell.labels.includes(label)));
  const images = unique(cells.map((cell) => cell.images).filter((count) => count !== null)).sort((one, other) => one - other);
  const told = images.map((count) => count.toLocaleString("en")).join(" or ");
  return told ? [...found, `the accuracy is over ${told} images`] : found;
}

function lack(board, names) {
  const found = unique(names.flatMap((name) => known.quantities[name].parts).filter((name) => board.lacks[name]).map((name) => JSON.stringify(board.lacks[name]))).map(JSON.parse);
  if (!found.length) return "no cell has all numbers that are asked for: measure them in one run";
  return `${found.map(([reason]) => reason).join(" and ")}: ${found.map(([, mend]) => mend).join(" and ")}`;
}

function sentenceParts(board, limits, goal, rankings) {
  const [ranking] = rankings;
  const asked = [...goal.names, ...limits.map((limit) => limit.name), ...known.always];
  const shown = [best(ranking)[0]];
  const told = [`On ${board.place} use ${titles(best(ranking))}: ${numbers(shown[0], asked)}`];
  const shares = ranking.choices.map(({ cell }) => cell.values.top1).filter((share) => share !== undefined);
  const bound = Math.floor(Math.max(...shares, 0) * 20 + 1e-9) / 20;
  const first = shown[0].values.top1;
  if (bound > 0 && !limits.some((limit) => limit.name === "top1") && (first === undefined || first < bound)) {
    const again = recommend(board, goal, [...limits, { name: "top1", bound, more: true }]).rankings;
    const others = best(again.find((other) => other.boundary === ranking.boundary || ranking.boundary === null));
    shown.push(others[0]);
    told.push(`if you need at least ${(bound * 100).toFixed(0)} % top-1, ${titles(others)}: ${numbers(others[0], asked)}`);
  }
  told.push(...labels(shown));
  if (rankings.length > 1) told.push(`this ranks what has power seen at ${ranking.boundary} alone`);
  return told;
}

function answer(board, limits) {
  for (const goal of board.goals) {
    const { rankings, nearest } = recommend(board, goal, limits);
    if (rankings.length) {
      const alone = goal === board.goals[0] ? [] : [`${lack(board, board.goals[0].names)}; until then this ranks by speed alone`];
      return { sentence: `${[...sentenceParts(board, limits, goal, rankings), ...alone].join("; ")}.`, choices: rankings[0].choices };
    }
    if (nearest.length) {
      const [{ title, values, texts, boundary }] = nearest;
      const reasons = limits.filter((limit) => miss(values[limit.name], limit) > 0).map((limit) => {
        const simulated = known.quantities[limit.name].power && boundary === "simulated" ? " (simulated power)" : "";
        return `${known.quantities[limit.name].title} ${texts[limit.name]}${simulated}, ${limitText(limit)} asked for`;
      });
      return { sentence: `On ${board.place} nothing keeps the limits; the nearest is ${title}: ${reasons.join(", ")}.`, choices: [] };
    }
  }
  return { sentence: `Nothing can be recommended for ${board.place}: ${lack(board, limits.map((limit) => limit.name))}.`, choices: [] };
}

const form = document.getElementById("limits");
const known = JSON.parse(document.getElementById("choices").textContent);

function limitsSet() {
  return [...form.querySelectorAll("input[data-quantity]")].flatMap((input) => {
    const { quantity: name } = input.dataset;
    const { more, factor, option } = known.quantities[name];
    const bound = input.valueAsNumber / factor;
    return bound > 0 ? [{ name, bound, more, option: `${option} ${input.value}${name === "top1" ? "%" : ""}` }] : [];
  });
}

function choose() {
  const limits = limitsSet();
  const ceiling = form.elements.ceiling?.valueAsNumber;
  const prices = new Map([...form.querySelectorAll("input[data-board]")].map((input) => [input.dataset.board, input.valueAsNumber]));
  for (const board of known.boards) {
    const line = document.querySelector(`[data-run="${CSS.escape(board.run)}"]`);
    const { sentence, choices } = answer(board, limits);
    const dear = prices.get(board.run) > ceiling;
    line.querySelector(".sentence").textContent = dear ? `Not ${board.place}: its price is ${prices.get(board.run)}, at most ${ceiling} asked for.` : sentence;
    const list = choices.slice(0, 5).map(({ cell, rank, tied }) => {
      const item = document.createElement("li");
      item.textContent = `${rank}${tied ? "=" : "."} ${cell.title}: ${numbers(cell, [...known.always, ...limits.map((limit) => limit.name)])}`;
      return item;
    });
    line.querySelector(".ranking").replaceChildren(...(limits.length && !dear ? list : []));
    line.querySelector("code").textContent = [board.command, ...limits.map((limit) => limit.option)].join(" ");
    line.querySelector(".kept").textContent = limits.length && !dear ? `${choices.length} of ${board.cells.length} cells keep the limits. ` : "";
  }
}
if (form) {
  form.hidden = false;
  form.addEventListener("input", choose);
  form.addEventListener("reset", () => setTimeout(choose));
  form.addEventListener("submit", (event) => event.preventDefault());
}
