/** What the server carries just now. */
import { Card, get, html, number, rate, t, useEffect, useState } from "../../kit.js";
import { BINARY, Chart } from "../../parts/chart.js";

const EVERY = 2000;

/** Two and a half minutes. */
const KEPT = 75;

/** Samples outlive the page, so that whoever comes back finds them; while nobody looked there is a gap. */
let samples = [];

function sampled({ status }) {
  const at = Date.now() / 1000;
  const last = samples[samples.length - 1];
  const gap = !last || at - last.at > (3 * EVERY) / 1000;
  // At midnight the sums begin anew.
  const perSecond = (key) => (gap ? null : Math.max(0, status[key] - last[key]) / (at - last.at));
  const next = {
    at,
    totalTrafficIn: status.totalTrafficIn,
    totalTrafficOut: status.totalTrafficOut,
    in: perSecond("totalTrafficIn"),
    out: perSecond("totalTrafficOut"),
    connections: status.curConns,
  };
  samples = [...samples, next].slice(-KEPT);
  return samples;
}

export function Now() {
  const [shown, setShown] = useState(samples);
  useEffect(() => {
    const look = () =>
      !document.hidden &&
      get("api/v2/system/info").then(
        (info) => setShown(sampled(info)),
        () => {},
      );
    look();
    const timer = setInterval(look, EVERY);
    return () => clearInterval(timer);
  }, []);
  const times = shown.map((one) => one.at);
  const traffic = [
    { label: t("traffic.in"), ink: "in", values: shown.map((one) => one.in) },
    { label: t("traffic.out"), ink: "out", values: shown.map((one) => one.out) },
  ];
  const connections = [
    { label: t("overview.connections"), ink: "accent", values: shown.map((one) => one.connections) },
  ];
  return html`<div class="cards halves">
    <${Card} title=${t("overview.now")}>
      <${Chart} label=${t("overview.now")} times=${times} series=${traffic} format=${rate} steps=${BINARY} />
    <//>
    <${Card} title=${t("overview.connections")}>
      <${Chart} label=${t("overview.connections")} times=${times} series=${connections} format=${number} />
    <//>
  </div>`;
}
