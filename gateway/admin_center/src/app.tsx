/** The frame around every page. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { credential } from "./api/credential.ts";
import { SECTIONS, type Section } from "./pages/sections.tsx";
import { SignIn } from "./pages/sign_in.tsx";
import { LinkButton } from "./parts/button.tsx";
import { Icon } from "./parts/icon.tsx";
import { Notices } from "./parts/notices.tsx";
import { Empty, ErrorBox, Loading } from "./parts/states.tsx";
import { TopBar } from "./parts/top_bar.tsx";
import { address, hrefTo } from "./state/address.ts";
import { loadMe, may, me, meError, tenant } from "./state/session.ts";
import { underWay } from "./state/under_way.ts";

export function App() {
  const isIn = credential.value !== null;
  if (!isIn || (me.value === null && meError.value?.status === 401)) return <SignIn />;
  if (me.value === null) return <Opening />;
  return <Frame />;
}

function Opening() {
  return <main class="sign-in">{meError.value === null ? <Loading what="Signing in" /> : <Stuck />}</main>;
}

function Stuck() {
  return (
    <div class="card stacked">
      <h1>Not signed in yet</h1>
      <ErrorBox error={meError.value} onRetry={() => void loadMe()} />
      <a href="#/">Go to your own tenant</a>
    </div>
  );
}

function Frame() {
  const isMenuOpen = useSignal(false);
  const main = useRef<HTMLElement>(null);
  const { path } = address.value;
  const where = path.join("/");
  const isFirst = useRef(true);
  useEffect(() => {
    isMenuOpen.value = false;
    if (!isFirst.current) main.current?.focus({ preventScroll: true });
    isFirst.current = false;
    scrollTo(0, 0);
  }, [where]);
  const skip = (event: Event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return (
    <div class="frame">
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <TopBar
        isMenuOpen={isMenuOpen.value}
        onMenu={() => {
          isMenuOpen.value = !isMenuOpen.value;
        }}
      />
      <SideBar isOpen={isMenuOpen.value} />
      <main id="main" tabindex={-1} ref={main}>
        <Page />
      </main>
      <Notices />
    </div>
  );
}

function SideBar({ isOpen }: { isOpen: boolean }) {
  const current = address.value.path[0] ?? "";
  return (
    <nav class={isOpen ? "side open" : "side"} aria-label="Sections">
      <ul>
        {SECTIONS.filter((each) => each.isFor(may.value)).map((each) => (
          <li key={each.word}>
            <a
              href={hrefTo(each.word === "" ? [] : [each.word])}
              aria-current={each.word === current ? "page" : undefined}
            >
              <Icon name={each.icon} />
              {each.title}
              {each.word === "import" && underWay.value > 0 && (
                <span class="count">
                  {underWay.value} <span class="unseen">under way</span>
                </span>
              )}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function Page() {
  const [word = "", ...rest] = address.value.path;
  const section = SECTIONS.find((each) => each.word === word);
  if (section === undefined) return <Nowhere />;
  if (!section.isFor(may.value)) return <NotForYou section={section} />;
  if (section.needsTenant && tenant.value === null) return <NoTenant />;
  const name = rest[0];
  // A page of its own for each tenant: nothing that one tenant's page holds may show in another's.
  if (section.detail !== undefined && name !== undefined) {
    return <section.detail key={`${tenant.value} ${name}`} name={name} />;
  }
  return <section.page key={`${tenant.value} ${word}`} rest={rest} />;
}

function Nowhere() {
  return (
    <Empty isPage icon="search" title="There is nothing here">
      <LinkButton href={hrefTo([])}>To the overview</LinkButton>
    </Empty>
  );
}

function NotForYou({ section }: { section: Section }) {
  return (
    <Empty isPage icon="key" title={`${section.title}: your roles do not suffice`}>
      <p class="muted">An administrator of the tenant can give you the role that this needs.</p>
    </Empty>
  );
}

function NoTenant() {
  return (
    <Empty isPage icon="tenants" title="Choose a tenant">
      <p class="muted">You may act for several tenants: choose one above, or look at all of them.</p>
      <LinkButton href={hrefTo(["tenants"])}>All tenants</LinkButton>
    </Empty>
  );
}
