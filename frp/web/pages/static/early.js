// Before anything is drawn, so that nothing flashes: the theme that somebody has chosen, if any.
try {
  const theme = localStorage.getItem("frp.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing follows the system.
}
