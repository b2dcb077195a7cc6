/** The types of proxies, in the order in which people think of them. */
const KNOWN = ["tcp", "udp", "http", "https", "tcpmux", "stcp", "sudp", "xtcp"];

/** Those that are known first, then all others by their names. */
export const inOrder = (types) => [
  ...KNOWN.filter((one) => types.includes(one)),
  ...types.filter((one) => !KNOWN.includes(one)).sort(),
];

/** Those that are known, and others. */
export const withKnown = (others) => inOrder([...new Set([...KNOWN, ...others])]);
