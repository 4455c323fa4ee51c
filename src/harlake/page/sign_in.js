/** Signing in with a token, where the service wants one; it is kept in a cookie that no script can read. */
import { ApiError, onUnauthorized, send } from "./api.js";
import { html, useEffect, useState } from "./html.js";
import { MAIN } from "./texts.js";

/** Where it is noted that this browser has signed in: the cookie itself cannot be seen. */
const SIGNED_IN = "harlake.signedIn";

/**
 * Returns whether the API wants a token that it has not got.
 * @returns {boolean}
 */
export function useSignIn() {
  const [needed, setNeeded] = useState(false);
  useEffect(() => onUnauthorized(() => setNeeded(true)), []);
  return needed;
}

/** The form; the page begins anew with what it has been opened for. */
export function SignIn() {
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  /** @param {SubmitEvent} event */
  const submit = async (event) => {
    event.preventDefault();
    const form = /** @type {HTMLFormElement} */ (event.currentTarget);
    const token = /** @type {HTMLInputElement} */ (form.elements.namedItem("token")).value.trim();
    setBusy(true);
    try {
      await send("POST", "/api/login", { token });
      localStorage.setItem(SIGNED_IN, "yes");
      location.reload();
    } catch (reason) {
      setBusy(false);
      setError(reason instanceof ApiError && reason.status === 401 ? MAIN.signIn.wrong : String(reason));
    }
  };
  return html`<main class="sign-in">
    <form onSubmit=${submit}>
      <h1>${MAIN.signIn.title}</h1>
      <p class="dim">${MAIN.signIn.explanation}</p>
      <label for="token">${MAIN.signIn.token}</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required autofocus />
      <p class="error" role="alert">${error}</p>
      <button type="submit" disabled=${busy}>${MAIN.signIn.submit}</button>
    </form>
  </main>`;
}

/** Ends what signing in has begun, where that was done. */
export function SignOut() {
  if (localStorage.getItem(SIGNED_IN) === null) return null;
  const signOut = async () => {
    await send("DELETE", "/api/login");
    localStorage.removeItem(SIGNED_IN);
    location.reload();
  };
  return html`<button type="button" class="quiet" onClick=${signOut}>${MAIN.signOut}</button>`;
}
