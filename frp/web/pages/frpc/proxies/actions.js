import { ask, attempt, href, html, Icon, put, remove, segment, t } from "../../kit.js";

/** What can be done with one that the store holds. */
export function Actions({ kind, name, store, done }) {
  const entry = store.find((one) => one.name === name);
  if (entry === undefined) return null;
  const on = entry[entry.type].enabled !== false;
  return html`<span class="tools">
    <input type="checkbox" role="switch" checked=${on} aria-label=${t("do.enabled", { name })} onChange=${() => toggle(kind, entry, !on).then(done)} />
    <a class="button icon" href=${href([kind.page, name, "edit"])} aria-label=${t("do.edit", { name })}><${Icon} name="edit" /></a>
    <button class="icon danger" aria-label=${t("do.delete", { name })} onClick=${() => discard(kind, name).then((gone) => gone && done())}>
      <${Icon} name="trash" />
    </button>
  </span>`;
}

/** To be enabled is the default. */
function toggle(kind, { name, type, [type]: block }, enabled) {
  const { enabled: _before, ...others } = block;
  const next = { name, type, [type]: enabled ? others : { ...others, enabled } };
  return attempt(
    () => put(`${kind.store}/${segment(name)}`, next),
    t(enabled ? "entry.enabled" : "entry.disabled", { name }),
  );
}

/** @returns {Promise<boolean>} whether it is gone */
export async function discard(kind, name) {
  const answer = await ask({
    title: t("entry.delete.title", { name }),
    text: t("entry.delete.text"),
    yes: t("do.delete.short"),
    danger: true,
  });
  return answer !== null && attempt(() => remove(`${kind.store}/${segment(name)}`), t("entry.deleted", { name }));
}
