/** Line icons, 16 units wide. */

const PATHS = {
  overview: "M2 14V8m4 6V4m4 10V6m4 8V2",
  import: "M8 2v8m-3-3 3 3 3-3M2 11v3h12v-3",
  export: "M8 10V2M5 5l3-3 3 3M2 11v3h12v-3",
  jobs: "M2 4h2m3 0h7M2 8h2m3 0h7M2 12h2m3 0h7",
  applications:
    "M8 4.5v3m0 0L4 11m4-3.5L12 11M8 4.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM3 14a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Zm10 0a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z",
  archives: "M2 2h12v4H2zm1 4v8h10V6M6.5 9h3",
  access:
    "M6 7a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5Zm-4.5 7c0-3 2-4.5 4.5-4.5s4.5 1.5 4.5 4.5M10.5 2.2a2.5 2.5 0 0 1 0 4.6M12 9.8c1.600.7 2.500 2 2.500 4.200",
  clock: "M8 14.500a6.500 6.500 0 1 0 0-13 6.500 6.500 0 0 0 0 13ZM8 4v4.500l3 1.500",
  tenants: "M2 14V4l6-2v12M8 6l6 2v6M1 14h14M4.500 6.500h1m-1 3h1m5 .5h1",
  profile: "M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6Zm-6 6c0-3.300 2.700-5 6-5s6 1.700 6 5",
  sun: "M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.500M8 13.500V15M1 8h1.500M13.500 8H15M3 3l1 1m8 8 1 1M3 13l1-1m8-8 1-1",
  moon: "M13.500 9.500A6 6 0 0 1 6.500 2.500a6 6 0 1 0 7 7Z",
  screen: "M1.500 3h13v8h-13zM5.500 14h5M8 11v3",
  menu: "M2 4h12M2 8h12M2 12h12",
  close: "m3.500 3.500 9 9m0-9-9 9",
  copy: "M5.500 5.500V2H14v8.500h-3.500M2 5.500h8.500V14H2z",
  check: "m2.500 8.500 3.500 3.500 7.500-8",
  download: "M8 2v8m-3-3 3 3 3-3M2 14h12",
  trash: "M2 4h12M6 4V2h4v2M3.500 4l.7 10h7.600l.7-10M6.500 7v4m3-4v4",
  key: "M10 9.500a3.500 3.500 0 1 0-3.300-2.300L2 12v2h2.500l.5-1.500H6.500V11l1.400-1.700c.6.2 1.300.2 2.100.2Zm.500-4h.01",
  pin: "M6 2h4v5l2 3H4l2-3zm2 8v4.500",
  retry: "M13.500 8a5.500 5.500 0 1 1-1.700-4M13.500 1.500V5H10",
  stop: "M4 4h8v8H4z",
  plus: "M8 3v10M3 8h10",
  terminal: "m3 4 4 4-4 4m6 0h5",
  play: "m4.500 2.500 9 5.500-9 5.500z",
  out: "M6 2H2v12h4m4-9 3 3-3 3M13 8H6",
  file: "M3.500 1.500h6l3 3v10h-9zm6 0v3h3",
  warning: "M8 2 1.500 14h13zm0 4.500v3.500m0 2h.01",
  share:
    "M4 9.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm8-4a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm0 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM5.800 6.500l4.400-2.300M5.800 8.500l4.400 3",
  search: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10Zm3.500-1.500L14 14",
};

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
