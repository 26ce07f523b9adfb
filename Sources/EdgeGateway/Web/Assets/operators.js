// What the operators' pages do better with a little script: they are shown anew every few seconds. Every page is complete
// without it.

const interval = 5000;

// The page itself is asked for again, and each of its live parts takes the old one's place.
function pulse(line) {
  const { on, off, stop, start, lost } = line.dataset;
  const state = document.createElement("span");
  const button = document.createElement("button");
  state.setAttribute("role", "status");
  button.type = "button";
  button.className = "button small plain";
  line.append(state, button);
  let isOn = true, timer = 0, isAsking = false;

  const show = (text) => {
    if (state.textContent !== text) state.textContent = text;
    line.classList.toggle("on", text === on);
    const label = isOn ? stop : start;
    if (button.textContent !== label) button.textContent = label;
  };
  const place = (old, fresh) => {
    // Nobody's place is taken from under their hands, and what is open stays open.
    if (old.contains(document.activeElement) || old.querySelector("details[open]")) return;
    if (old.innerHTML !== fresh.innerHTML) old.replaceWith(fresh);
  };
  const renew = async () => {
    if (isAsking || !isOn || document.hidden) return;
    isAsking = true;
    try {
      const answer = await fetch(location.href, { cache: "no-store", headers: { Accept: "text/html" } });
      // Signed out meanwhile, or not allowed any more: the page says so.
      if (answer.redirected || answer.status === 403) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const old of document.querySelectorAll("[data-fresh]")) {
        const fresh = page.querySelector(`[data-fresh="${old.dataset.fresh}"]`);
        if (fresh) place(old, fresh);
      }
      if (isOn) show(on);
    } catch {
      if (isOn) show(lost);
    } finally {
      isAsking = false;
    }
  };
  const go = () => {
    clearInterval(timer);
    if (isOn && !document.hidden) timer = setInterval(renew, interval);
  };
  button.addEventListener("click", () => {
    isOn = !isOn;
    show(isOn ? on : off);
    go();
    renew();
  });
  document.addEventListener("visibilitychange", () => {
    go();
    renew();
  });
  show(on);
  go();
}

const line = document.querySelector("[data-pulse]");
if (line) pulse(line);
