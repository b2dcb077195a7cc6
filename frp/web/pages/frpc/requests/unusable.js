import { html, Icon, t } from "../../kit.js";

/** Files in which nothing is kept, although the configuration says so. */
export const Unusable = ({ files }) =>
  files
    .filter((one) => one.unusable)
    .map(
      (one) => html`<p class="banner wrong" role="alert" key=${one.path}>
        <${Icon} name="error" /><span>${t("requests.unusable", { why: one.unusable })}</span>
      </p>`,
    );
