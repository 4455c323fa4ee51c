/** What the session is called that is shown. */
import { getJson } from "./api.js";
import { html } from "./html.js";
import { useLoaded } from "./loading.js";

/** @param {{id: string}} props */
export function SessionName({ id }) {
  // Without it, the view itself says what is wrong.
  const { value } = useLoaded((signal) => getJson(`/api/sessions/${id}`, [], { signal }), [id]);
  return value ? html`<span class="session-name" title=${value.name}>${value.name}</span>` : null;
}
