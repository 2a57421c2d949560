// The report's few comforts: sorting, filtering, and telling what a bar is. All else is in the page.
(() => {
  "use strict";
  const $ = (id) => document.getElementById(id);
  const table = $("table");
  document.documentElement.classList.add("scripted");

  // Sorting: numbers (data-v) largest first, words from A on; once more turns it round.
  const value = (row, at) => {
    const cell = row.cells[at];
    const given = cell.dataset.v;
    if (given === undefined) return cell.querySelector("summary, .word")?.textContent ?? cell.textContent;
    return given === "" ? -Infinity : Number(given);
  };
  const sort = (head) => {
    const at = head.cellIndex;
    const rows = [...table.tBodies[0].rows].map((row) => [value(row, at), row]);
    const numbers = head.classList.contains("n");
    const now = head.getAttribute("aria-sort");
    const down = now ? now === "ascending" : numbers;
    const words = new Intl.Collator("en", { numeric: true });
    rows.sort(([a], [b]) => (numbers ? a - b || 0 : words.compare(a, b)) * (down ? -1 : 1));
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };
  for (const head of table?.tHead.rows[0].cells ?? []) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    button.addEventListener("click", () => sort(head));
    head.append(button);
  }

  // Filtering by any words of a row, in any order.
  const filter = $("filter");
  const apply = () => {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = 0;
    for (const row of table.tBodies[0].rows) {
      row.text ??= [0, 1, 2].map((at) => value(row, at)).join(" ").toLowerCase();
      row.hidden = !words.every((word) => row.text.includes(word));
      left += !row.hidden;
    }
    $("found").textContent = words.length ? `${left} of ${table.tBodies[0].rows.length}` : "";
  };
  if (filter) {
    filter.closest("p").hidden = false;
    filter.addEventListener("input", apply);
  }

  // A link to a row opens it, and takes the filter away where it hides it.
  const arrive = () => {
    const row = /^#r\d+$/.test(location.hash) && $(location.hash.slice(1));
    if (!row) return;
    if (row.hidden) {
      filter.value = "";
      apply();
    }
    const details = row.querySelector("details");
    if (details) details.open = true;
    row.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", arrive);
  arrive();

  // The timeline tells what a bar is: by pointing, or with the arrow keys.
  const chart = $("chart");
  const told = $("told");
  if (!chart || !told) return;
  const hint = "Point at a bar, or move through them with the arrow keys; Enter shows its cells.";
  const bars = [...chart.querySelectorAll(".bar")];
  for (const bar of bars) {
    // our own words come at once, the browser's after a second and on top
    bar.told = bar.querySelector("title").textContent;
    bar.querySelector("title").remove();
  }
  let here = -1;
  const tell = (bar) => {
    chart.querySelector(".here")?.classList.remove("here");
    bar?.classList.add("here");
    told.textContent = bar ? bar.told : hint;
  };
  const go = (bar) => {
    if (bar?.dataset.r === undefined) return;
    if (location.hash === `#r${bar.dataset.r}`) arrive();
    else location.hash = `r${bar.dataset.r}`;
  };
  chart.tabIndex = 0;
  chart.setAttribute("role", "group");
  chart.setAttribute("aria-label", "Timeline");
  chart.setAttribute("aria-describedby", "told");
  chart.addEventListener("pointerover", (event) => {
    const bar = event.target.closest(".bar");
    if (bar) tell(bar);
  });
  chart.addEventListener("pointerleave", () => tell(bars[here]));
  chart.addEventListener("click", (event) => go(event.target.closest(".bar")));
  chart.addEventListener("keydown", (event) => {
    const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
    if (event.key in steps) here = (Math.max(here, 0) + (here < 0 ? 0 : steps[event.key]) + bars.length) % bars.length;
    else if (event.key === "Home") here = 0;
    else if (event.key === "End") here = bars.length - 1;
    else if (event.key === "Enter") return go(bars[here]);
    else if (event.key === "Escape") here = -1;
    else return;
    event.preventDefault();
    tell(bars[here]);
  });
  tell();
})();
