/** Where somebody shows a key, or a token of an outside issuer. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { getMe } from "../api/calls.ts";
import { credential, farewell, forget, keep } from "../api/credential.ts";
import { Button } from "../parts/button.tsx";
import { Curl } from "../parts/curl.tsx";
import { TextField } from "../parts/fields.tsx";
import { ErrorBox } from "../parts/states.tsx";
import { Brand, ThemeSwitch } from "../parts/top_bar.tsx";
import { me, meError } from "../state/session.ts";

export function SignIn() {
  const text = useSignal("");
  useEffect(() => {
    document.title = "Sign in · Graphferry";
  }, []);
  const signIn = (event: Event) => {
    event.preventDefault();
    const shown = text.value.trim();
    if (shown === "") return;
    if (credential.peek() !== null) forget();
    keep(shown);
  };
  const isAsking = credential.value !== null && me.value === null && meError.value === null;
  return (
    <main class="sign-in">
      <form onSubmit={signIn} class="card stacked">
        <Brand />
        <h1>Sign in</h1>
        <p class="muted">Move applications between Neo4j databases: import, export, watch, administer.</p>
        {farewell.value && (
          <p class="box info" role="status">
            {farewell.value}
          </p>
        )}
        <ErrorBox error={meError.value} />
        <TextField
          label="Key or access token"
          type="password"
          value={text}
          isRequired
          autocomplete="current-password"
          placeholder="gf_…"
          hint="It is kept in this tab alone, and forgotten when the tab closes."
        />
        <Button type="submit" kind="primary" busy={isAsking}>
          Sign in
        </Button>
        <Curl calls={getMe()} />
      </form>
      <ThemeSwitch />
    </main>
  );
}
