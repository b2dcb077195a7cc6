/** What went in and out on each of some days. */
import { html } from "../vendor/htm-preact.js";
import { bytes, weekday } from "../lib/format.js";
import { t } from "../lib/language.js";
import { Empty } from "./states.js";

const WIDTH = 700;
const HEIGHT = 170;
const LEFT = 70;
const BOTTOM = 24;
const BAR = 22;

/** The least number of the form 1, 2, 4 or 8 times a power of 1024 that is not less. */
function roof(highest) {
  let found = 1024;
  while (found < highest) found *= 2;
  return found;
}

/** @param {{history: Array<{date: string, trafficIn: number, trafficOut: number}>}} props the oldest first */
export function Days({ history }) {
  const highest = Math.max(...history.map((day) => Math.max(day.trafficIn, day.trafficOut)), 0);
  if (highest === 0) return html`<${Empty} text=${t("days.none")} />`;
  const top = roof(highest);
  const tall = (count) => count && Math.max(2, ((HEIGHT - BOTTOM - 10) * count) / top);
  const step = (WIDTH - LEFT) / history.length;
  const base = HEIGHT - BOTTOM;
  const bar = (day, index, which, side) => html`<rect
    class="ink-${which}"
    x=${LEFT + (index + 0.5) * step + (side - 1) * (BAR + 1)}
    y=${base - tall(day[which === "in" ? "trafficIn" : "trafficOut"])}
    width=${BAR}
    height=${tall(day[which === "in" ? "trafficIn" : "trafficOut"])}
    rx="2"
  />`;
  return html`<figure class="days">
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" aria-hidden="true">
      ${[0, 0.5, 1].map(
        (part) => html`<line x1=${LEFT} x2=${WIDTH} y1=${base - tall(top) * part} y2=${base - tall(top) * part} />
          <text x=${LEFT - 10} y=${base - tall(top) * part + 4} text-anchor="end">${bytes(top * part)}</text>`,
      )}
      ${history.map(
        (day, index) => html`<g>
          <title>${weekday(day.date)}: ${t("traffic.in")} ${bytes(day.trafficIn)}, ${t("traffic.out")} ${bytes(day.trafficOut)}</title>
          <rect class="reach" x=${LEFT + index * step} y="0" width=${step} height=${base} />
          ${bar(day, index, "in", 0)} ${bar(day, index, "out", 1)}
          <text x=${LEFT + (index + 0.5) * step} y=${HEIGHT - 6} text-anchor="middle">${weekday(day.date)}</text>
        </g>`,
      )}
    </svg>
    <figcaption>
      <span class="key ink-in"><i /><span>${t("traffic.in")}</span></span>
      <span class="key ink-out"><i /><span>${t("traffic.out")}</span></span>
    </figcaption>
    <table class="hidden">
      <caption>${t("days.caption")}</caption>
      <tr><th scope="col">${t("days.day")}</th><th scope="col">${t("traffic.in")}</th><th scope="col">${t("traffic.out")}</th></tr>
      ${history.map((day) => html`<tr><th scope="row">${day.date}</th><td>${bytes(day.trafficIn)}</td><td>${bytes(day.trafficOut)}</td></tr>`)}
    </table>
  </figure>`;
}
