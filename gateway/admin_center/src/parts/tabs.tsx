/** Pages of one section, beside each other. */

import { hrefTo } from "../state/address.ts";

interface TabsProps {
  label: string;
  /** Its word in the address, and its title. */
  tabs: [word: string, title: string][];
  section: string;
  current: string;
}

export function Tabs({ label, tabs, section, current }: TabsProps) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([word, title]) => (
        <a key={word} href={hrefTo([section, word])} aria-current={word === current ? "page" : undefined}>
          {title}
        </a>
      ))}
    </nav>
  );
}
