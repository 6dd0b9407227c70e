"use strict";
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const plots = read("plot-data"), cells = read("cell-data"), darkOf = read("dark-of"), config = read("plot-config");
  const root = document.documentElement, prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const told = document.getElementById("told");
  const PRINT_PX = 680, NARROW_PX = 560;
  let printing = false;

  const isDark = () => !printing && (root.dataset.dress ? root.dataset.dress === "dark" : prefersDark.matches);
  const exchanged = (value) => {
    if (typeof value === "string") return darkOf[value] || value;
    if (Array.isArray(value)) return value.map(exchanged);
    if (value && typeof value === "object")
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, exchanged(item)]));
    return value;
  };
  const dressed = (figure) => (isDark() ? exchanged(figure) : structuredClone(figure));

  // Names beside marks need room; on a narrow page the key names the films.
  const fitted = (figure, width) => {
    if (width >= NARROW_PX) return figure;
    for (const trace of figure.data) if (trace.mode === "markers+text") trace.mode = "markers";
    return figure;
  };
  const draw = (div) => {
    const width = printing ? PRINT_PX : div.clientWidth;
    const figure = fitted(dressed(plots[div.dataset.plot]), width);
    if (printing) Object.assign(figure.layout, { width: PRINT_PX, autosize: false });
    div.dataset.drawn = "yes";
    Plotly.react(div, figure.data, figure.layout, { ...config, responsive: !printing });
  };
  const canvases = [...document.querySelectorAll("[data-plot]")];
  const drawn = () => canvases.filter((div) => div.dataset.drawn);

  if ("IntersectionObserver" in window) {
    const watch = new IntersectionObserver((seen) => {
      for (const one of seen) if (one.isIntersecting) { watch.unobserve(one.target); if (!one.target.dataset.drawn) draw(one.target); }
    }, { rootMargin: "800px" });
    canvases.forEach((div) => watch.observe(div));
    // Those farther down follow while the browser has nothing else to do.
    const idle = window.requestIdleCallback || ((then) => setTimeout(then, 200));
    const next = () => {
      const waiting = canvases.find((div) => !div.dataset.drawn);
      if (waiting) { draw(waiting); idle(next); }
    };
    idle(next);
  } else canvases.forEach(draw);

  // The cell to turn.
  const choice = document.getElementById("film-choice"), stage = document.getElementById("viewer-canvas");
  const show = () => {
    const cell = cells[choice.value], figure = dressed(cell.figure);
    if (stage.clientWidth < NARROW_PX) {
      const shape = figure.layout.scene.aspectratio;
      for (const axis of "xyz") shape[axis] *= 0.68;
    }
    document.getElementById("cell-heading").textContent = cell.heading;
    Plotly.react(stage, figure.data, figure.layout, { ...config, modeBarButtons: [["toImage", "resetCameraDefault3d"]] });
    stage.dataset.drawn = "yes";
  };
  if (choice) {
    choice.addEventListener("change", show);
    new IntersectionObserver((seen, watch) => {
      if (seen.some((one) => one.isIntersecting)) { watch.disconnect(); show(); }
    }, { rootMargin: "200px" }).observe(stage);
    for (const link of document.querySelectorAll(".turn")) {
      link.hidden = false;
      link.addEventListener("click", () => { choice.value = link.dataset.film; show(); });
    }
  }

  // Light and dark.
  const button = document.getElementById("dress");
  const redraw = () => {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Show the page light" : "Show the page dark");
    drawn().forEach(draw);
    if (choice && stage.dataset.drawn && !printing) show();
  };
  button.hidden = false;
  button.addEventListener("click", () => { root.dataset.dress = isDark() ? "light" : "dark"; redraw(); });
  prefersDark.addEventListener("change", redraw);
  let width = innerWidth, timer;
  addEventListener("resize", () => {
    clearTimeout(timer);
    timer = setTimeout(() => { if (width !== innerWidth && !printing) { width = innerWidth; drawn().forEach(draw); } }, 200);
  });

  // Films open when something inside them is asked for.
  const films = [...document.querySelectorAll("details.film")];
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const film = target && target.closest("details.film");
    if (film && !film.open) { film.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  reveal();
  document.getElementById("film-tools").hidden = false;
  document.getElementById("open-all").addEventListener("click", () => films.forEach((film) => { film.open = true; }));
  document.getElementById("close-all").addEventListener("click", () => films.forEach((film) => { film.open = false; }));
  if (innerWidth < 960) document.getElementById("contents").open = false;

  // Paper: everything is open, light and as wide as the page.
  let closed = [];
  addEventListener("beforeprint", () => {
    printing = true;
    closed = [...document.querySelectorAll("main details:not([open])")].filter((one) => !one.matches(".numbers"));
    closed.forEach((one) => { one.open = true; });
    canvases.forEach(draw);
  });
  addEventListener("afterprint", () => {
    printing = false;
    closed.forEach((one) => { one.open = false; });
    redraw();
  });

  // Data and references.
  document.getElementById("downloads").hidden = false;
  for (const save of document.querySelectorAll("[data-save]")) {
    save.addEventListener("click", () => {
      const held = document.getElementById(save.dataset.save).textContent, { name, type } = save.dataset;
      const text = type === "application/json" ? JSON.stringify(JSON.parse(held), null, 1) : JSON.parse(held);
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type }));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
      told.textContent = `${name} saved`;
    });
  }
  for (const copy of document.querySelectorAll(".copy")) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      const held = document.getElementById(copy.dataset.copy);
      try {
        await navigator.clipboard.writeText(held.textContent);
        told.textContent = copy.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(held);
        told.textContent = copy.textContent = "Selected";
      }
    });
  }
  redraw();
})();
