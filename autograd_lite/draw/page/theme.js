// ---- light and dark, as the system has it until the reader chooses ------------------------------

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : systemIsDark.matches;
}
function showTheme() { part("theme").setAttribute("aria-pressed", isDark()); }
function switchTheme() {
  document.documentElement.dataset.theme = isDark() ? "light" : "dark";
  showTheme();
  announce(isDark() ? "dark colours" : "light colours");
}

part("theme").addEventListener("click", switchTheme);
systemIsDark.addEventListener("change", showTheme);
showTheme();
