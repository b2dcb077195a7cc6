/** What went in and out on each of some days. */
import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import { bytes, weekday } from "../lib/format.js";
import { t } from "../lib/language.js";
import { Empty } from "./states.js";

const HEIGHT = 170;
const LEFT = 66;
const BOTTOM = 24;
const WIDEST = 22;

/** As wide as a date is at most. */
const DATE = 42;

/** The least number of the form 1, 2, 4 or 8 times a power of 1024 that is not less. */
function roof(highest) {
  let found = 1024;
  while (found < highest) found *= 2;
  return found;
}

/** How wide an element is, so that a text in a picture has the size that it is given. */
function useWidth(usual) {
  const place = useRef(null);
  const [width, setWidth] = useState(usual);
  useEffect(() => {
    const watching = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width) || usual));
    watching.observe(place.current);
    return () => watching.disconnect();
  }, []);
  return [place, width];
}

/** @param {{history: Array<{date: string, trafficIn: number, trafficOut: number}>}} props the oldest first */
export function Days({ history }) {
  const highest = Math.max(...history.map((day) => Math.max(day.trafficIn, day.trafficOut)), 0);
  return highest === 0
    ? html`<${Empty} text=${t("days.none")} />`
    : html`<${Bars} history=${history} top=${roof(highest)} />`;
}

const told = (day) =>
  t("days.told", { day: weekday(day.date), in: bytes(day.trafficIn), out: bytes(day.trafficOut) });

function Bars({ history, top }) {
  const [place, width] = useWidth(700);
  const [chosen, setChosen] = useState(null);
  const base = HEIGHT - BOTTOM;
  const tall = (count) => count && Math.max(2, ((base - 10) * count) / top);
  const step = (width - LEFT) / history.length;
  // Where there is no room, every second day has its date below it, today in any case.
  const named = (index) => step >= DATE || (history.length - 1 - index) % 2 === 0;
  const wide = Math.min(WIDEST, step / 2 - 3);
  const bar = (count, index, which, side) => html`<rect
    class="ink-${which}"
    x=${LEFT + (index + 0.5) * step + (side - 1) * (wide + 1)}
    y=${base - tall(count)}
    width=${wide}
    height=${tall(count)}
    rx="2"
  />`;
  const shown = history.find((day) => day.date === chosen);
  return html`<figure class="days" ref=${place}>
    <svg viewBox="0 0 ${width} ${HEIGHT}" height=${HEIGHT} role="group" aria-label=${t("days.caption")}>
      ${[0, 0.5, 1].map(
        (part) => html`<line x1=${LEFT} x2=${width} y1=${base - tall(top) * part} y2=${base - tall(top) * part} />
          <text x=${LEFT - 8} y=${base - tall(top) * part + 4} text-anchor="end">${bytes(top * part)}</text>`,
      )}
      ${history.map(
        (day, index) => html`<g
          tabindex="0"
          role="img"
          aria-label=${told(day)}
          class=${day === shown ? "chosen" : ""}
          onFocus=${() => setChosen(day.date)}
          onPointerEnter=${() => setChosen(day.date)}
          onClick=${() => setChosen(day.date)}
        >
          <rect class="reach" x=${LEFT + index * step} y="0" width=${step} height=${HEIGHT} />
          ${bar(day.trafficIn, index, "in", 0)} ${bar(day.trafficOut, index, "out", 1)}
          ${named(index) && html`<text x=${LEFT + (index + 0.5) * step} y=${HEIGHT - 6} text-anchor="middle">${weekday(day.date)}</text>`}
        </g>`,
      )}
    </svg>
    <figcaption>
      <span class="key ink-in"><i /><span>${t("traffic.in")}</span></span>
      <span class="key ink-out"><i /><span>${t("traffic.out")}</span></span>
      ${shown && html`<b>${told(shown)}</b>`}
    </figcaption>
  </figure>`;
}
