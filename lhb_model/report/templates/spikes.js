"use strict";
(() => {
  const data = JSON.parse(document.getElementById("spike-data").textContent);
  const byId = (id) => document.getElementById(id);
  const canvas = byId("raster"), pen = canvas.getContext("2d");
  const chosen = { condition: byId("condition"), seed: byId("seed"), nucleus: byId("nucleus"), order: byId("order") };
  const OTHER = 0, RUN_ON = 1, BURST = 2;
  const SHORTEST = 0.02;  // s
  const LEFT = 52, RIGHT = 10, RATE = 56, AXIS = 34, GAP = 8, LANE = 16;
  let shown = null;      // the nucleus of a simulation that is drawn
  let view = null;       // what part of it: times [from, to] in s, rows [first, end)
  let neuron = null;     // the chosen neuron
  let asked = 0;         // how many choices were made

  // what the page carries ---------------------------------------------------------------------------------------------

  async function numbersOf(text) {
    const packed = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
    const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
    const size = bytes.length / 4, numbers = new Uint32Array(size);
    for (let i = 0; i < size; i++)
      numbers[i] = bytes[i] + bytes[i + size] * 0x100 + bytes[i + 2 * size] * 0x10000 + bytes[i + 3 * size] * 0x1000000;
    return numbers;
  }

  async function unpacked(record, nucleus) {
    const packed = await numbersOf(nucleus.spikes), n = nucleus.neurons;
    const starts = new Uint32Array(n + 1), times = new Float64Array(packed.length - n), kinds = new Uint8Array(packed.length - n);
    for (let i = 0; i < n; i++) {
      starts[i + 1] = starts[i] + packed[i];
      for (let j = starts[i], step = 0; j < starts[i + 1]; j++) {
        step += packed[n + j] >>> 2;
        times[j] = step * record.dt;
        kinds[j] = packed[n + j] & 3;
      }
    }
    const classes = await numbersOf(nucleus.classes);
    const measures = new Float32Array((await numbersOf(nucleus.measures)).buffer);
    return { ...nucleus, record, starts, times, kinds, classes, measures };
  }

  const measure = (which, i) => shown.measures[which * shown.neurons + i];
  const number = (value) => (value === 0 ? "0" : Number(value.toPrecision(3)).toLocaleString("en"));

  // choosing ----------------------------------------------------------------------------------------------------------

  const unique = (values) => [...new Set(values)];

  function fill(select, values, titles = values) {
    const before = select.value;
    select.replaceChildren(...values.map((value, i) => new Option(titles[i], value)));
    if (values.map(String).includes(before)) select.value = before;
  }

  function fillSeeds() {
    fill(chosen.seed, data.records.filter((r) => r.condition === chosen.condition.value).map((r) => r.seed));
  }

  async function choose() {
    const record = data.records.find((r) => r.condition === chosen.condition.value && String(r.seed) === chosen.seed.value);
    fill(chosen.nucleus, Object.keys(record.nuclei), Object.values(record.nuclei).map((nucleus) => nucleus.title));
    const turn = ++asked, found = await unpacked(record, record.nuclei[chosen.nucleus.value]), before = shown;
    // Another choice was made meanwhile.
    if (turn !== asked) return;
    shown = found;
    sort();
    if (!before || String(before.record.span) !== String(record.span)) begin();
    if (!before || before.neurons !== shown.neurons) {
      neuron = null;
      view.first = 0;
      view.end = shown.neurons;
    }
    draw();
    tell();
  }

  // The first seconds of the analysis; of a few neurons, everything.
  function begin() {
    all();
    if (shown.neurons <= 5) return;
    const [start, stop] = shown.record.analysis;
    view.from = start;
    view.to = Math.min(start + 4, stop);
  }

  function sort() {
    const numbers = Array.from({ length: shown.neurons }, (_, i) => i);
    const rate = (a, b) => measure(0, a) - measure(0, b);
    const orders = {
      number: () => 0,
      rate: rate,
      bursts: (a, b) => shown.classes[a] - shown.classes[b] || measure(4, a) - measure(4, b) || rate(a, b),
    };
    shown.rows = numbers.sort(orders[chosen.order.value]);
    shown.rowOf = new Uint32Array(shown.neurons);
    shown.rows.forEach((i, row) => { shown.rowOf[i] = row; });
  }

  function all() {
    view = { from: shown.record.span[0], to: shown.record.span[1], first: 0, end: shown.neurons };
  }

  // moving ------------------------------------------------------------------------------------------------------------

  function move(share) {
    const [start, stop] = shown.record.span, width = view.to - view.from;
    view.from = Math.max(start, Math.min(stop - width, view.from + share * width));
    view.to = view.from + width;
  }

  function zoom(by, at = 0.5) {
    const [start, stop] = shown.record.span, width = view.to - view.from;
    const wanted = Math.max(SHORTEST, Math.min(stop - start, width * by)), middle = view.from + at * width;
    view.from = Math.max(start, Math.min(stop - wanted, middle - at * wanted));
    view.to = view.from + wanted;
  }

  function zoomRows(by) {
    const size = view.end - view.first;
    const wanted = Math.max(1, Math.min(shown.neurons, Math.round(size * by)));
    const middle = neuron === null ? (view.first + view.end) / 2 : shown.rowOf[neuron];
    view.first = Math.max(0, Math.min(shown.neurons - wanted, Math.round(middle - wanted / 2)));
    view.end = view.first + wanted;
  }

  function step(rows) {
    const row = neuron === null ? (rows > 0 ? view.first : view.end - 1) : shown.rowOf[neuron] + rows;
    const inside = Math.max(0, Math.min(shown.neurons - 1, row)), size = view.end - view.first;
    neuron = shown.rows[inside];
    if (inside < view.first) view.first = inside;
    if (inside >= view.end) view.first = inside - size + 1;
    view.end = view.first + size;
  }

  const deeds = {
    left: () => move(-0.25), right: () => move(0.25), in: () => zoom(0.5), out: () => zoom(2),
    fewer: () => zoomRows(0.5), more: () => zoomRows(2), all: all,
    up: () => step(1), down: () => step(-1), far_up: () => step(10), far_down: () => step(-10),
    none: () => { neuron = null; },
  };
  const keys = {
    ArrowLeft: "left", ArrowRight: "right", "+": "in", "=": "in", "-": "out", "[": "fewer", "]": "more", Home: "all",
    ArrowUp: "up", ArrowDown: "down", PageUp: "far_up", PageDown: "far_down", Escape: "none",
  };

  function act(deed) {
    if (!shown) return;
    deeds[deed]();
    draw();
    tell();
  }

  // drawing -----------------------------------------------------------------------------------------------------------

  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

  function frame() {
    const width = canvas.clientWidth, height = canvas.clientHeight, top = 6 + LANE * shown.record.acting.length;
    return { width, height, top, bottom: height - AXIS - RATE - GAP, right: width - RIGHT };
  }

  const x = (f, time) => LEFT + (time - view.from) / (view.to - view.from) * (f.right - LEFT);
  const y = (f, row) => f.bottom - (row - view.first) / (view.end - view.first) * (f.bottom - f.top);

  function draw() {
    if (!shown) return;
    const scale = devicePixelRatio || 1, f = frame();
    canvas.width = Math.round(f.width * scale);
    canvas.height = Math.round(f.height * scale);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.fillStyle = colour("page");
    pen.fillRect(0, 0, f.width, f.height);
    pen.font = "12px system-ui, sans-serif";
    background(f);
    const visible = spikes(f);
    acting(f);
    rate(f, visible);
    axes(f);
    byId("shown").textContent =
      `${shown.title}, ${shown.record.condition}, seed ${shown.record.seed}: ${view.from.toFixed(2)} s to ${view.to.toFixed(2)} s, ` +
      `${view.end - view.first} of ${shown.neurons} neuron${shown.neurons === 1 ? "" : "s"}, ${visible.length.toLocaleString("en")} spikes.`;
  }

  function background(f) {
    const [start, stop] = shown.record.analysis;
    pen.fillStyle = colour("before");
    for (const [from, to] of [[view.from, Math.min(start, view.to)], [Math.max(stop, view.from), view.to]])
      if (to > from) pen.fillRect(x(f, from), f.top, x(f, to) - x(f, from), f.bottom - f.top);
    if (neuron === null) return;
    const row = shown.rowOf[neuron], high = y(f, row + 1), low = y(f, row);
    pen.fillStyle = colour("chosen");
    pen.fillRect(LEFT, (high + low) / 2 - Math.max(low - high, 5) / 2, f.right - LEFT, Math.max(low - high, 5));
  }

  // The first spike of a neuron that is not before a time.
  function firstAt(i, time) {
    let low = shown.starts[i], high = shown.starts[i + 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (shown.times[middle] < time) low = middle + 1; else high = middle;
    }
    return low;
  }

  function spikes(f) {
    const height = y(f, 0) - y(f, 1), mark = Math.min(60, Math.max(1.2, height * 0.8)), visible = [], paths = [[], [], []];
    for (let row = view.first; row < view.end; row++) {
      const i = shown.rows[row], middle = y(f, row + 0.5);
      for (let j = firstAt(i, view.from); j < shown.starts[i + 1] && shown.times[j] < view.to; j++) {
        visible.push(shown.times[j]);
        paths[shown.kinds[j]].push(x(f, shown.times[j]), middle);
      }
    }
    for (const [kind, name, width] of [[OTHER, "spike", 1], [RUN_ON, "runon", 1.2], [BURST, "burst", 1.6]]) {
      pen.strokeStyle = colour(name);
      pen.lineWidth = width;
      pen.beginPath();
      for (let k = 0; k < paths[kind].length; k += 2) {
        pen.moveTo(paths[kind][k], paths[kind][k + 1] - mark / 2);
        pen.lineTo(paths[kind][k], paths[kind][k + 1] + mark / 2);
      }
      pen.stroke();
    }
    if (!visible.length) {
      pen.fillStyle = colour("soft");
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText("no spikes here", (LEFT + f.right) / 2, (f.top + f.bottom) / 2);
    }
    return visible;
  }

  function acting(f) {
    pen.textAlign = "left";
    pen.textBaseline = "middle";
    shown.record.acting.forEach(([cause, from, to], lane) => {
      const left = Math.max(LEFT, x(f, from)), right = Math.min(f.right, x(f, to)), top = 4 + lane * LANE;
      if (right <= left) return;
      pen.fillStyle = colour("acting");
      pen.fillRect(left, top, right - left, LANE - 3);
      pen.fillStyle = colour("ink");
      pen.fillText(cause, left + 4, top + (LANE - 3) / 2, Math.max(right - left - 8, 1));
    });
  }

  function rate(f, visible) {
    const bins = Math.max(20, Math.min(200, Math.floor((f.right - LEFT) / 5))), width = (view.to - view.from) / bins;
    const counts = new Float64Array(bins);
    for (const time of visible) counts[Math.min(bins - 1, Math.floor((time - view.from) / width))]++;
    const most = Math.max(1, ...counts), floor = f.bottom + GAP + RATE;
    pen.fillStyle = colour("soft");
    counts.forEach((count, i) => {
      const high = count / most * (RATE - 14);
      pen.fillRect(x(f, view.from + i * width), floor - high, (f.right - LEFT) / bins - 0.5, high);
    });
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    if (visible.length) pen.fillText(number(most / width / (view.end - view.first)), LEFT - 5, floor - RATE + 16);
    pen.fillText("0", LEFT - 5, floor - 4);
    pen.textAlign = "left";
    pen.fillText("Hz a neuron", LEFT + 4, floor - RATE + 5);
    pen.strokeStyle = colour("line");
    pen.lineWidth = 1;
    pen.strokeRect(LEFT + 0.5, floor + 0.5, f.right - LEFT, 0);
  }

  function nice(range, most) {
    const rough = range / most, power = 10 ** Math.floor(Math.log10(rough));
    return power * [1, 2, 5, 10].find((step) => step * power >= rough);
  }

  function axes(f) {
    const floor = f.bottom + GAP + RATE, step = nice(view.to - view.from, Math.max(3, (f.right - LEFT) / 110));
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    pen.fillStyle = colour("soft");
    pen.strokeStyle = colour("line");
    pen.lineWidth = 1;
    pen.textAlign = "center";
    pen.textBaseline = "top";
    for (let k = Math.ceil(view.from / step - 1e-9); k * step <= view.to + 1e-9; k++) {
      const at = Math.round(x(f, k * step)) + 0.5;
      pen.beginPath();
      pen.moveTo(at, floor);
      pen.lineTo(at, floor + 4);
      pen.stroke();
      pen.fillText((k * step).toFixed(digits), Math.min(at, f.right - 8), floor + 5);
    }
    pen.fillText("time (s)", (LEFT + f.right) / 2, floor + 19);
    pen.strokeRect(LEFT + 0.5, f.top + 0.5, f.right - LEFT, f.bottom - f.top);
    pen.save();
    pen.translate(14, (f.top + f.bottom) / 2);
    pen.rotate(-Math.PI / 2);
    pen.fillText(`${shown.title} neurons`, 0, -6);
    pen.restore();
    pen.textAlign = "right";
    pen.textBaseline = "middle";
    if (view.end > view.first + 1) pen.fillText(String(view.end), LEFT - 5, f.top + 6);
    pen.fillText(String(view.first + 1), LEFT - 5, f.bottom - 6);
  }

  // telling -----------------------------------------------------------------------------------------------------------

  function tell() {
    if (neuron === null) {
      byId("neuron").textContent = "Point at a neuron, or press the up arrow in the raster.";
      return;
    }
    const told = data.measures.map(({ title, unit }, which) => [title, unit, measure(which, neuron)]);
    const values = told.filter(([, , value]) => !Number.isNaN(value)).map(([title, unit, value]) => `${title} ${number(value)}${unit ? ` ${unit}` : ""}`);
    byId("neuron").textContent = `${shown.title} neuron ${neuron}: ${data.classes[shown.classes[neuron]]}; ${values.join(", ")}; over ${number(shown.analysed)} s.`;
  }

  function point(event) {
    const box = canvas.getBoundingClientRect(), f = frame(), high = event.clientY - box.top;
    if (high < f.top || high > f.bottom) return null;
    const row = view.first + Math.floor((f.bottom - high) / (f.bottom - f.top) * (view.end - view.first));
    return shown.rows[Math.min(view.end - 1, Math.max(view.first, row))];
  }

  const share = (event) => {
    const box = canvas.getBoundingClientRect(), f = frame();
    return Math.max(0, Math.min(1, (event.clientX - box.left - LEFT) / (f.right - LEFT)));
  };

  let held = null;
  canvas.addEventListener("pointerdown", (event) => {
    held = event.clientX;
    canvas.setPointerCapture(event.pointerId);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => { held = null; });
  canvas.addEventListener("pointermove", (event) => {
    if (!shown) return;
    if (held !== null) {
      const f = frame();
      move((held - event.clientX) / (f.right - LEFT));
      held = event.clientX;
      draw();
      return;
    }
    const under = point(event);
    if (under !== null && under !== neuron) {
      neuron = under;
      draw();
      tell();
    }
  });
  canvas.addEventListener("click", (event) => {
    if (!shown) return;
    neuron = point(event) ?? neuron;
    draw();
    tell();
  });
  canvas.addEventListener("dblclick", (event) => { zoom(0.5, share(event)); draw(); });
  canvas.addEventListener("wheel", (event) => {
    // Elsewhere the wheel scrolls the page.
    if (!shown || (document.activeElement !== canvas && !event.ctrlKey)) return;
    event.preventDefault();
    zoom(event.deltaY > 0 ? 1.25 : 0.8, share(event));
    draw();
  }, { passive: false });
  canvas.addEventListener("keydown", (event) => {
    if (!(event.key in keys) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    act(keys[event.key]);
  });
  for (const button of document.querySelectorAll("#explorer [data-do]"))
    button.addEventListener("click", () => act(button.dataset.do));
  chosen.condition.addEventListener("change", () => { fillSeeds(); choose(); });
  chosen.seed.addEventListener("change", choose);
  chosen.nucleus.addEventListener("change", choose);
  chosen.order.addEventListener("change", () => { sort(); draw(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  for (const when of ["beforeprint", "afterprint", "resize"]) addEventListener(when, draw);

  if (typeof DecompressionStream === "undefined") return;
  byId("explorer").hidden = false;
  byId("no-explorer").hidden = true;
  fill(chosen.condition, unique(data.records.map((record) => record.condition)));
  fillSeeds();
  choose();
})();
