"use strict";
(function () {
  var data = JSON.parse(document.getElementById("data").textContent);
  var svg = document.querySelector(".graph svg");
  var graph = document.querySelector(".graph");
  var calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  var last = data.steps.length, step = 1, timer = null;

  function part(name) { return document.querySelector("." + name); }
  function inside(id) { return svg.querySelector("#" + id); }
  function write(id, kind, text) {
    var line = inside(id).querySelector("text." + kind);
    if (line) { line.textContent = text; }
  }
  function mark(id, name) { inside(id).classList.add(name); }

  // The picture after step k, from nothing: going back is going there.
  function paint(k) {
    var done = {}, waiting = {}, counts = { final: 0, partial: 0, unknown: 0 };
    svg.querySelectorAll(".source, .target, .active, .made, .final, .partial").forEach(function (g) {
      g.classList.remove("source", "target", "active", "made", "final", "partial");
    });
    data.nodes.forEach(function (n) {
      write(n.id, "value", n.leaf ? n.value : "?");
      if (n.grad) { write(n.id, "grad", "grad —"); waiting[n.id] = true; }
    });
    data.steps.slice(0, k).forEach(function (s) {
      if (s.forward) { write(s.to, "value", s.value); return; }
      write(s.to, "grad", s.shown);
      delete waiting[s.to];
      done[s.to] = s.final ? "final" : "partial";
    });
    Object.keys(done).forEach(function (id) { mark(id, done[id]); counts[done[id]] += 1; });
    counts.unknown = Object.keys(waiting).length;
    return counts;
  }

  function show(k, quiet) {
    step = Math.min(Math.max(Math.round(k) || 1, 1), last);
    var s = data.steps[step - 1], counts = paint(step);
    var row = document.querySelector('tr[data-step="' + step + '"]');
    var texts = Array.from(row.cells).slice(1).map(function (cell) { return cell.textContent; });
    mark(s.to, "target");
    (s.from || []).forEach(function (id) { mark(id, "source"); });
    (s.edges || []).forEach(function (id) { mark(id, s.forward ? "made" : "active"); });
    part("count").textContent = "step " + step + " of " + last;
    ["what", "local-rule", "equation", "total"].forEach(function (name, i) {
      part(name).textContent = texts[i];
    });
    if (s.edges && !s.forward) { part("what").textContent += "; upstream × local = contribution"; }
    part("states").textContent = "gradients: ✓ final " + counts.final + ", partial "
      + counts.partial + ", — unknown " + counts.unknown;
    part("slider").value = step;
    part("slider").setAttribute("aria-valuetext", "step " + step + " of " + last);
    part("first").disabled = part("back").disabled = step === 1;
    part("next").disabled = part("last").disabled = step === last;
    document.querySelectorAll("tr[aria-current]").forEach(function (other) {
      other.removeAttribute("aria-current");
    });
    row.setAttribute("aria-current", "step");
    if (!quiet) { part("said").textContent = "Step " + step + ", " + texts.filter(Boolean).join("; "); }
    reveal([s.to].concat(s.from || []), calm || quiet);
    try { history.replaceState(null, "", "#step=" + step); } catch (error) { /* in a sandbox */ }
  }

  // Scroll the graph so that all boxes of the step are in view.
  function reveal(ids, at_once) {
    var frame = graph.getBoundingClientRect();
    var l = Infinity, r = -Infinity, t = Infinity, b = -Infinity;
    ids.forEach(function (id) {
      var box = inside(id).getBoundingClientRect();
      l = Math.min(l, box.left); r = Math.max(r, box.right);
      t = Math.min(t, box.top); b = Math.max(b, box.bottom);
    });
    graph.scrollTo({
      left: graph.scrollLeft + (l + r - frame.left - frame.right) / 2,
      top: graph.scrollTop + (t + b - frame.top - frame.bottom) / 2,
      behavior: at_once ? "auto" : "smooth"
    });
  }

  function stop() {
    clearInterval(timer);
    timer = null;
    part("play").textContent = "Play";
  }
  function play() {
    if (timer) { stop(); return; }
    if (step === last) { show(1); }
    part("play").textContent = "Pause";
    timer = setInterval(function () {
      if (step < last) { show(step + 1); }
      if (step === last) { stop(); }
    }, 1600);
  }
  function go(k) { stop(); show(k); }
  function fromLink() {
    var found = /^#step=(\d+)$/.exec(location.hash);
    return found ? Number(found[1]) : 1;
  }

  document.body.classList.add("js");
  part("first").addEventListener("click", function () { go(1); });
  part("back").addEventListener("click", function () { go(step - 1); });
  part("next").addEventListener("click", function () { go(step + 1); });
  part("last").addEventListener("click", function () { go(last); });
  part("play").addEventListener("click", play);
  part("slider").addEventListener("input", function (event) { go(Number(event.target.value)); });
  addEventListener("hashchange", function () { go(fromLink()); });
  document.addEventListener("keydown", function (event) {
    var on = event.target.tagName, keys = {
      ArrowLeft: function () { go(step - 1); }, ArrowRight: function () { go(step + 1); },
      Home: function () { go(1); }, End: function () { go(last); }, " ": play
    };
    if (event.altKey || event.ctrlKey || event.metaKey || !keys[event.key]) { return; }
    if (on === "INPUT" && event.key !== " ") { return; }    // the slider moves by itself
    if (on === "BUTTON" && event.key === " ") { return; }   // the button is pressed
    event.preventDefault();
    keys[event.key]();
  });
  show(fromLink(), true);
}());
