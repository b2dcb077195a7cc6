/** All that a page needs: import from here, so that there is one of each. */
export { html, useCallback, useEffect, useMemo, useRef, useState } from "./vendor/htm-preact.js";
export { ask } from "./lib/asking.js";
export { ago, bytes, clock, moment, number, rate, took, weekday } from "./lib/format.js";
export { counted, language, said, t } from "./lib/language.js";
export { useLoaded } from "./lib/loaded.js";
export { attempt, notice } from "./lib/notices.js";
export { address, get, post, put, remove, request, segment } from "./lib/request.js";
export { go, guardLeaving, href, refine } from "./lib/route.js";
export { useSignal } from "./lib/signal.js";
export { inOrder, withKnown } from "./lib/types.js";
export { Address, Copy } from "./parts/copy.js";
export { Choice, Pager, pageSize, Search, Tabs } from "./parts/filters.js";
export { Happenings } from "./parts/happenings.js";
export { Icon } from "./parts/icons.js";
export { Card, Facts, Figure, Head, Pairs } from "./parts/layout.js";
export { Empty, Failed, Loaded, Loading, Missing } from "./parts/states.js";
export { Status } from "./parts/status.js";
export { Table } from "./parts/table.js";
