/** Lines over time. */
import { html, useEffect, useRef, useState } from "../vendor/htm-preact.js";
import uPlot from "../vendor/uplot.js";
import { clock } from "../lib/format.js";
import { useSignal } from "../lib/signal.js";
import { theme } from "../lib/theme.js";

const HEIGHT = 180;

/** Steps between lines that are good for bytes. */
export const BINARY = Array.from({ length: 50 }, (_, power) => 2 ** power);

/** Seconds that are seen. */
const SPAN = 150;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** What a token is just now: a canvas does not know `light-dark()`. */
function resolved(name) {
  const probe = document.createElement("i");
  probe.className = `ink-${name}`;
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found || colour(name);
}

function options(width, { series, format, steps }, pointed) {
  const axis = {
    stroke: resolved("dim"),
    grid: { stroke: resolved("line"), width: 1 },
    ticks: { show: false },
    font: "12px system-ui",
  };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { y: false, points: { size: 7 } },
    hooks: { setCursor: [({ cursor }) => pointed(cursor.idx ?? null)] },
    padding: [null, 30, null, null], // half of a moment
    scales: {
      x: { range: (_plot, _low, high) => [high - SPAN, high] },
      y: { range: (_plot, _low, high) => [0, Math.max(high * 1.1, 1)] },
    },
    axes: [
      { ...axis, grid: { show: false }, values: (_plot, ticks) => ticks.map(clock), space: 90, size: 28 },
      {
        ...axis,
        size: 76,
        ...(steps && { incrs: steps }),
        values: (_plot, ticks) => ticks.map((one) => (one % 1 && one < 10 ? "" : format(one))),
      },
    ],
    series: [{}, ...series.map(({ ink }) => line(ink))],
  };
}

const line = (ink) => ({
  stroke: resolved(ink),
  width: 2,
  points: { show: false },
  paths: uPlot.paths.spline(),
  spanGaps: false,
});

/**
 * @param {{times: number[], series: Array<{label: string, ink: string, values: Array<?number>}>,
 *          format: function(number): string, label: string, steps?: number[]}} props times in seconds; ink is a colour's token
 */
export function Chart(props) {
  const { times, series, format, label } = props;
  const place = useRef(null);
  const plot = useRef(null);
  const shade = useSignal(theme);
  const data = [times, ...series.map((one) => one.values)];
  const [pointed, setPointed] = useState(null);
  const here = Math.min(pointed ?? times.length, times.length - 1);
  const value = (values) => format(values[here] ?? 0);

  useEffect(() => {
    plot.current = new uPlot(options(place.current.clientWidth || 300, props, setPointed), data, place.current);
    const watching = new ResizeObserver(([entry]) =>
      plot.current.setSize({ width: Math.floor(entry.contentRect.width), height: HEIGHT }),
    );
    watching.observe(place.current);
    return () => {
      watching.disconnect();
      plot.current.destroy();
    };
  }, [shade]);
  useEffect(() => plot.current.setData(data), [times]);

  const step = ({ key }) => {
    const to = { ArrowLeft: here - 1, ArrowRight: here + 1 }[key];
    if (to in times) plot.current.setCursor({ left: plot.current.valToPos(times[to], "x"), top: 0 });
  };
  return html`<figure class="chart">
    <div
      ref=${place}
      role="img"
      tabindex="0"
      aria-label=${`${label}: ${series.map((one) => `${one.label} ${value(one.values)}`).join(", ")}`}
      onKeyDown=${step}
      onBlur=${() => plot.current.setCursor({ left: -10, top: -10 })}
    />
    <figcaption>
      ${series.map((one) => html`<span class="key ink-${one.ink}"><i /><span>${one.label}</span> <b>${value(one.values)}</b></span>`)}
      ${pointed !== null && here >= 0 && html`<time>${clock(times[here])}</time>`}
    </figcaption>
  </figure>`;
}
