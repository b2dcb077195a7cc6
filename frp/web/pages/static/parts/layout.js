/** How pages are laid out. */
import { html } from "../vendor/htm-preact.js";
import { useSubject } from "../lib/title.js";
import { Icon } from "./icons.js";

/**
 * @param {{title: *, back?: {to: string, label: string}, about?: *, subject?: string, children?: *}} props children are
 *   actions; subject: what the tab is called, where there is a way back and the title is no text
 */
export function Head({ title, back, about, subject = title, children }) {
  useSubject(back ? subject : "");
  return html`
    <div class="head">
      ${back && html`<a class="back" href=${back.to}><${Icon} name="back" />${back.label}</a>`}
      <div class="title">
        <h1>${title}</h1>
        ${children && html`<div class="actions">${children}</div>`}
      </div>
      ${about && html`<div class="about">${about}</div>`}
    </div>
  `;
}

/** @param {{title: string, aside?: *, size?: "wide" | "full", children: *}} props */
export const Card = ({ title, aside, children, size = "" }) => html`
  <section class="card ${size}" aria-label=${title}>
    <header><h2>${title}</h2>${aside}</header>
    ${children}
  </section>
`;

/** @param {{label: string, value: *, note?: *, to?: string}} props */
export const Figure = ({ label, value, note, to }) => html`
  <div class="figure">
    <span class="label">${to ? html`<a href=${to}>${label}</a>` : label}</span>
    <strong>${value}</strong>
    ${note && html`<span class="dim">${note}</span>`}
  </div>
`;

/** @param {{items: Array<[string, *]>}} props those without a value are left out */
export const Facts = ({ items }) => html`
  <dl class="facts">
    ${items
      .filter(([, value]) => value !== "" && value !== undefined && value !== null && value !== false)
      .map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}
  </dl>
`;

/** @param {{items: Object<string, string>}} props */
export const Pairs = ({ items }) => html`
  <ul class="pairs">${Object.entries(items).map(([name, value]) => html`<li><span>${name}</span> ${value}</li>`)}</ul>
`;
