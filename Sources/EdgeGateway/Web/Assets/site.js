// What the pages do better with a little script: suggestions while typing, a chart to read by pointer and keyboard, and
// deals that appear as they open. Every page is complete without it.

const make = (name, attributes = {}, text = "") => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.textContent = text;
  return element;
};

// Suggestions: the combobox pattern of the ARIA Authoring Practices. The focus stays in the field.
function suggest(input) {
  const form = input.form;
  let list = null, chosen = -1, asked = null, timer = 0;
  for (const [key, value] of [["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"]]) input.setAttribute(key, value);

  const close = () => {
    list?.remove();
    list = null;
    chosen = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-controls");
    input.removeAttribute("aria-activedescendant");
  };
  const go = (option) => {
    if (option.dataset.product) location.href = input.dataset.page + option.dataset.product;
    else {
      input.value = option.textContent;
      form.submit();
    }
  };
  const show = (suggestions) => {
    close();
    if (!suggestions.length || document.activeElement !== input) return;
    list = make("div", { id: "suggestions", class: "suggest", role: "listbox", "aria-label": input.dataset.suggest });
    suggestions.forEach(({ text, productId }, index) => {
      const option = make("div", { id: `suggestion-${index}`, role: "option", "aria-selected": "false" }, text);
      if (productId && productId !== "0") option.dataset.product = productId;
      option.addEventListener("pointerdown", (event) => event.preventDefault());
      option.addEventListener("click", () => go(option));
      list.append(option);
    });
    form.append(list);
    input.setAttribute("aria-expanded", "true");
    input.setAttribute("aria-controls", "suggestions");
  };
  const move = (step) => {
    const options = [...list.children];
    options[chosen]?.setAttribute("aria-selected", "false");
    // One place more than there are options: the field itself.
    chosen = ((chosen + 1 + step + options.length + 1) % (options.length + 1)) - 1;
    options[chosen]?.setAttribute("aria-selected", "true");
    if (chosen < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", options[chosen].id);
  };
  const ask = async () => {
    const text = input.value.trim();
    asked?.abort();
    if (text.length < 2) return close();
    asked = new AbortController();
    try {
      const answer = await fetch(`/v1/suggest?q=${encodeURIComponent(text.slice(0, 100))}`, { signal: asked.signal });
      if (answer.ok) show((await answer.json()).suggestions);
    } catch (error) {
      if (error.name !== "AbortError") close();
    }
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, 120);
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") close();
    else if (list && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && list?.children[chosen]) {
      event.preventDefault();
      go(list.children[chosen]);
    }
  });
  input.addEventListener("blur", close);
}

// The chart: a slider over the changes of the price, whose texts are those of the table below it.
function readChart(figure) {
  const rows = [...figure.parentElement.querySelectorAll(".changes tbody tr")];
  const texts = rows.map((row) => `${row.cells[0].textContent}: ${row.cells[1].textContent}`);
  const readout = figure.querySelector(".readout");
  const charts = [...figure.querySelectorAll("svg")].map((svg) => {
    const space = svg.namespaceURI;
    const cursor = document.createElementNS(space, "g");
    cursor.setAttribute("class", "cursor");
    const line = document.createElementNS(space, "line");
    const dot = document.createElementNS(space, "circle");
    dot.setAttribute("r", "5");
    cursor.append(line, dot);
    const points = svg.dataset.points.split(" ").map((text) => text.split(","));
    const { height } = svg.viewBox.baseVal;
    svg.setAttribute("aria-hidden", "true");
    return { svg, cursor, line, dot, points, height };
  });
  if (!texts.length) return;
  let current = -1;
  for (const [key, value] of Object.entries({
    role: "slider", tabindex: "0", "aria-label": figure.dataset.chart, "aria-valuemin": "1",
    "aria-valuemax": String(texts.length),
  })) figure.setAttribute(key, value);

  const select = (index) => {
    current = Math.max(0, Math.min(texts.length - 1, index));
    figure.setAttribute("aria-valuenow", String(current + 1));
    figure.setAttribute("aria-valuetext", texts[current]);
    readout.textContent = texts[current];
    for (const { svg, cursor, line, dot, points, height } of charts) {
      const [x, y] = points[current];
      for (const [key, value] of Object.entries({ x1: x, x2: x, y1: 14, y2: height - 30 })) line.setAttribute(key, value);
      if (y) {
        dot.setAttribute("cx", x);
        dot.setAttribute("cy", y);
      }
      dot.setAttribute("visibility", y ? "visible" : "hidden");
      svg.append(cursor);
    }
  };
  const clear = () => {
    if (document.activeElement === figure) return;
    for (const { cursor } of charts) cursor.remove();
    readout.textContent = "";
  };
  select(texts.length - 1);
  clear();
  figure.addEventListener("focus", () => select(current));
  figure.addEventListener("blur", clear);
  figure.addEventListener("pointerleave", clear);
  figure.addEventListener("keydown", (event) => {
    const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    select(current + step);
  });
  figure.addEventListener("pointermove", (event) => {
    const chart = charts.find(({ svg }) => svg.getClientRects().length);
    const box = chart.svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * chart.svg.viewBox.baseVal.width;
    // The change in effect there: the last one that began before.
    const index = chart.points.findLastIndex(([at]) => Number(at) <= x);
    select(index < 0 ? 0 : index);
  });
}

// Live deals: an event says that something changed; the page itself is asked for again, which is rendered and kept
// already, and its list takes the old one's place.
function follow(section) {
  const status = section.querySelector(".news");
  const source = new EventSource(section.dataset.live);
  let timer = 0;
  const ids = (root) => new Set([...root.querySelectorAll("[data-deal]")].map((card) => card.dataset.deal));
  const renew = async () => {
    try {
      const answer = await fetch(location.href, { cache: "no-cache", headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [old, fresh] = [section.querySelector(".cards, .empty"), page.querySelector("#live .cards, #live .empty")];
      // Nobody's place is taken from under their hands.
      if (!old || !fresh || old.contains(document.activeElement)) return;
      const known = ids(section);
      const added = [...fresh.querySelectorAll("[data-deal]")].filter((card) => !known.has(card.dataset.deal));
      for (const card of added) card.classList.add("new");
      old.replaceWith(fresh);
      if (added.length) status.textContent = section.dataset.new.replace("{count}", String(added.length));
    } catch {
      // Away for a moment: the next event tries again, and EventSource connects anew by itself.
    }
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(renew, 1000);
  };
  for (const kind of ["deal.opened", "deal.changed", "deal.closed", "reset"]) source.addEventListener(kind, soon);
}

// Of an alert's amounts only that of the chosen rule counts.
function chooseRule(rule) {
  const show = () => {
    for (const part of document.querySelectorAll("[data-rule]")) part.hidden = part.dataset.rule !== rule.value;
  };
  rule.addEventListener("change", show);
  show();
}

// Visits are counted without a cookie and without knowing anyone, and not at all for those who do not want it. What does not
// arrive is not missed.
function count() {
  if (navigator.doNotTrack === "1" || navigator.globalPrivacyControl || !navigator.sendBeacon) return;
  const about = { page: location.pathname.slice(0, 200), language: document.documentElement.lang };
  const tell = (...events) => {
    const body = { events: events.map(([kind, more]) => ({ kind: `EVENT_KIND_${kind}`, ...about, ...more })) };
    navigator.sendBeacon("/v1/events", new Blob([JSON.stringify(body)], { type: "application/json" }));
  };
  const [productId, found] = ["product", "found"].map((name) => document.querySelector(`main [data-${name}]`)?.dataset[name]);
  const seen = [["PAGE_VIEW"]];
  if (productId) seen.push(["PRODUCT_VIEW", { productId }]);
  if (found) seen.push(["SEARCH", { query: document.getElementById("q").value, results: Number(found) }]);
  tell(...seen);
  document.addEventListener("click", ({ target }) => {
    const deal = target.closest?.("a") && target.closest("[data-deal]");
    if (deal) tell(["DEAL_CLICK", { dealId: deal.dataset.deal }]);
  });
  const shared = () => tell(["SHARE", { productId }]);
  document.getElementById("embed")?.addEventListener("copy", shared);
  for (const button of document.querySelectorAll("[data-share]")) button.addEventListener("click", shared);
}

// Sharing as the system does it; else the link is copied, or shown to be copied by hand.
function share(button) {
  const status = button.parentElement.querySelector("[role=status]");
  const url = button.dataset.share;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      if (navigator.share) return await navigator.share({ title: document.title, url });
      await navigator.clipboard.writeText(url);
      status.textContent = button.dataset.shared;
    } catch (error) {
      if (error.name !== "AbortError") status.textContent = url;
    }
  });
}

// A picture that does not come leaves its box empty rather than broken.
for (const image of document.querySelectorAll(".thumb img")) {
  const gone = () => image.remove();
  if (image.complete && !image.naturalWidth && image.loading !== "lazy") gone();
  image.addEventListener("error", gone);
}
const field = document.querySelector("input[data-suggest]");
if (field) suggest(field);
for (const figure of document.querySelectorAll("figure[data-chart]")) readChart(figure);
const live = document.querySelector("[data-live]");
if (live) follow(live);
for (const button of document.querySelectorAll("[data-share]")) share(button);
const rule = document.querySelector("select[name=rule]");
if (rule) chooseRule(rule);
// Not for a page that is only made ready in case somebody goes there.
if (document.prerendering) document.addEventListener("prerenderingchange", count, { once: true });
else count();
