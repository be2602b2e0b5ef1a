// ---- the table follows: what is seen at once, the rest when there is time -------------------------

const tableRows = Array.from(document.querySelectorAll("tr[data-step]"));
const seenRows = new Set(), staleRows = new Set();

function writeRow(tr) {
  const told = describe(Number(tr.dataset.step));
  [told.what, told.rule, told.equation, told.total].forEach((parts, i) => {
    write(tr.cells[i + 1], plainText(parts));
  });
  staleRows.delete(tr);
}

function writeRows() { staleRows.forEach(writeRow); }

const watcher = new IntersectionObserver((entries) => {
  entries.forEach(({ target, isIntersecting }) => {
    if (!isIntersecting) { seenRows.delete(target); return; }
    seenRows.add(target);
    if (staleRows.has(target)) { writeRow(target); }
  });
});
tableRows.forEach((tr) => watcher.observe(tr));

let waiting = 0;

function followWithTable() {
  tableRows.forEach((tr) => staleRows.add(tr));
  seenRows.forEach(writeRow);
  clearTimeout(waiting);
  waiting = setTimeout(writeRows, 150);
}

page.on("numbers", followWithTable);
page.on("mode", followWithTable);
addEventListener("beforeprint", writeRows);
document.addEventListener("copy", writeRows);
