// Before anything is drawn, so that nothing flashes.

// From a page whose address has a password in it a browser asks for nothing. It knows the password by now, also without;
// only location.href, which some browsers give without it, does not tell.
const place = new URL(document.URL);
if (place.username || place.password) {
  place.username = place.password = "";
  location.replace(place);
}

// The theme that somebody has chosen, if any.
try {
  const theme = localStorage.getItem("frp.theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing follows the system.
}
