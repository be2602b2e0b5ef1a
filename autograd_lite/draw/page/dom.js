// ---- the document -------------------------------------------------------------------------------

const parts = new Map();

// The first element of a class; those of the page itself never change.
function part(name) {
  if (!parts.has(name)) { parts.set(name, document.querySelector("." + name)); }
  return parts.get(name);
}

function el(tag, name, ...children) {
  const made = document.createElement(tag);
  if (name) { made.className = name; }
  made.append(...children);
  return made;
}

function write(element, text) {
  if (element && element.textContent !== text) { element.textContent = text; }
}

// What a screen reader is told, once.
function announce(text) { write(part("said"), text); }

const inFrame = location.protocol === "about:";    // a notebook's
const calm = matchMedia("(prefers-reduced-motion: reduce)");
