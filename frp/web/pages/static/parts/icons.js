/** Icons: lines in a square of 24, in the colour of the text beside them, which says the same. */
import { html } from "../vendor/htm-preact.js";

const PATHS = {
  logo: "M4 12h9m-4-4 4 4-4 4M13 5h5a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-5",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "m6 6 12 12M18 6 6 18",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8ZM12 2v2m0 16v2M2 12h2m16 0h2M5 5l1.4 1.4m11.2 11.2L19 19M5 19l1.4-1.4M17.6 6.4 19 5",
  moon: "M20 14.5A8 8 0 0 1 9.5 4a8 8 0 1 0 10.5 10.5Z",
  overview: "M4 13h6V4H4zm10 7h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z",
  clients: "M4 5h16v11H4zM9 20h6m-3-4v4",
  proxies: "M4 8h13m-4-4 4 4-4 4M20 16H7m4-4-4 4 4 4",
  visitors: "M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8ZM4 20a8 8 0 0 1 16 0",
  events: "M5 6h.01M9 6h11M5 12h.01M9 12h11M5 18h.01M9 18h11",
  requests: "M5 4h14v16H5zM8.5 9h7m-7 3.5h7m-7 3.5H12",
  config: "M4 7h9m5 0h2M4 17h2m5 0h9M15.5 5v4M8.5 15v4",
  page: "M6 3h8l4 4v14H6zM14 3v4h4",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  open: "M14 4h6v6m0-6-9 9M18 14v6H4V6h6",
  check: "m5 12.5 4.5 4.5L19 7.5",
  error: "M12 3 2.5 20h19zM12 10v4.5m0 2.5v.01",
  warning: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 5v5m0 3v.01",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm4.7 11.2L20 20",
  back: "m14 6-6 6 6 6",
  next: "m10 6 6 6-6 6",
  refresh: "M19 12a7 7 0 1 1-2-4.9L19 9m0-5v5h-5",
  plus: "M12 5v14M5 12h14",
  minus: "M5 12h14",
  edit: "M4 20h4L19 9l-4-4L4 16z",
  trash: "M5 7h14M10 7V4h4v3m-7 0 1 13h8l1-13",
  eye: "M2 12s3.5-6.5 10-6.5S22 12 22 12s-3.5 6.5-10 6.5S2 12 2 12Zm10-2.8a2.8 2.8 0 1 0 0 5.6 2.8 2.8 0 0 0 0-5.6Z",
  down: "M12 5v14m-5-5 5 5 5-5",
  up: "M12 19V5m-5 5 5-5 5 5",
  online: "M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z",
  offline: "M12 7.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9Z",
  waiting: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16Zm0 4v4l2.5 2",
  disabled: "M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16ZM6.5 6.5l11 11",
};

/** @param {{name: string}} props of an unknown name the icon of a page is shown */
export const Icon = ({ name }) => html`
  <svg class="icon" viewBox="0 0 24 24" width="18" height="18" aria-hidden="true">
    <path d=${PATHS[name] ?? PATHS.page} />
  </svg>
`;
