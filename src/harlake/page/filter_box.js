/** The one box that filters: what is typed is applied as soon as it makes sense; what makes none is told with its place. */
import { getJson } from "./api.js";
import { suggest, valueAt } from "./completion.js";
import { parseFilter } from "./filter.js";
import { html, useEffect, useRef, useState } from "./html.js";
import { TABLE } from "./texts.js";

/** Milliseconds without a key after which the filter is applied. */
const PAUSE = 120;
const HOSTS = "filter-suggestions";

/**
 * @param {object} props
 * @param {string} props.session
 * @param {string} props.filter
 * @param {import("./completion.js").Values} props.values
 * @param {string | null} props.refused what the API says against the filter
 * @param {(filter: string) => void} props.onFilter
 */
export function FilterBox({ session, filter, values, refused, onFilter }) {
  const input = /** @type {{current: HTMLInputElement | null}} */ (useRef(null));
  const [text, setText] = useState(filter);
  const [caret, setCaret] = useState(-1);
  const [active, setActive] = useState(-1);
  const hosts = useHosts(session, text, caret, values);
  const typed = useRef(filter);
  useEffect(() => {
    // What others have put into the filter, not what has been typed since.
    if (filter !== typed.current) setText(filter);
    typed.current = filter;
  }, [filter]);
  const parsed = parseFilter(text);
  const error = "error" in parsed ? TABLE.filter.place(parsed.error, parsed.at) : refused;
  const apply = () => {
    if ("error" in parsed || text.trim() === filter) return;
    typed.current = text.trim();
    onFilter(text.trim());
  };
  useEffect(() => {
    const timer = setTimeout(apply, PAUSE);
    return () => clearTimeout(timer);
  }, [text]);
  const suggestions = caret < 0 ? [] : suggest(text, caret, hosts);
  const chosen = suggestions[active];

  /** @param {import("./completion.js").Suggestion} suggestion */
  const take = ({ text: other, from, to }) => {
    const next = text.slice(0, from) + other + text.slice(to);
    setText(next);
    setActive(-1);
    const at = from + other.length;
    setCaret(other.endsWith("=") ? at : -1);
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at));
    input.current?.focus();
  };

  /** @param {KeyboardEvent} event */
  const onKeyDown = (event) => {
    const { key } = event;
    const step = key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : 0;
    if (step !== 0 && suggestions.length > 0) {
      const places = suggestions.length + 1;
      setActive(((active + 1 + step + places) % places) - 1);
    } else if (step !== 0) {
      setCaret(input.current?.selectionStart ?? 0);
    } else if ((key === "Enter" || key === "Tab") && chosen !== undefined) {
      take(chosen);
    } else if (key === "Enter") {
      setCaret(-1);
      apply();
    } else if (key === "Escape" && suggestions.length > 0) {
      setCaret(-1);
    } else return;
    event.preventDefault();
  };

  const isOpen = suggestions.length > 0;
  return html`<div class="filter-box" role="search">
    <input
      id="filter"
      ref=${input}
      type="text"
      role="combobox"
      autocomplete="off"
      autocapitalize="off"
      spellcheck=${false}
      aria-label=${TABLE.filter.label}
      aria-expanded=${isOpen}
      aria-controls=${HOSTS}
      aria-autocomplete="list"
      aria-activedescendant=${chosen ? `suggestion-${active}` : undefined}
      aria-invalid=${error !== null}
      aria-describedby=${error === null ? undefined : "filter-error"}
      placeholder=${TABLE.filter.placeholder}
      value=${text}
      onInput=${(/** @type {any} */ event) => {
        setText(event.currentTarget.value);
        // Emptied, it is done with; ↓ lists what there is.
        setCaret(event.currentTarget.value === "" ? -1 : (event.currentTarget.selectionStart ?? -1));
        setActive(-1);
      }}
      onKeyDown=${onKeyDown}
      onBlur=${() => setCaret(-1)}
    />
    ${text !== "" && html`<button type="button" class="quiet filter-clear" aria-label=${TABLE.filter.clear} onClick=${() => (setText(""), input.current?.focus())}>✕</button>`}
    <ul id=${HOSTS} class="suggestions" role="listbox" aria-label=${TABLE.filter.suggestions} hidden=${!isOpen}>
      ${suggestions.map(
        (suggestion, index) =>
          html`<li
            key=${suggestion.text}
            id=${`suggestion-${index}`}
            role="option"
            aria-selected=${index === active}
            onPointerDown=${(/** @type {Event} */ event) => (event.preventDefault(), take(suggestion))}
          >
            <span>${suggestion.text}</span><span class="dim">${suggestion.note}</span>
          </li>`,
      )}
    </ul>
    ${
      error !== null &&
      html`<p id="filter-error" class="filter-error" role="alert">
        ${"error" in parsed && html`<code>${text.slice(0, parsed.at)}<mark>${text.slice(parsed.at, parsed.at + 12) || "␣"}</mark></code> `}
        ${error}
      </p>`
    }
  </div>`;
}

/**
 * Returns the values with hosts that contain what is typed: a session may have many more than the facets list.
 * @param {string} session
 * @param {string} text
 * @param {number} caret
 * @param {import("./completion.js").Values} values
 * @returns {import("./completion.js").Values}
 */
function useHosts(session, text, caret, values) {
  const place = caret < 0 ? null : valueAt(text, caret);
  const wanted = place?.name === "host" ? place.typed.replaceAll(/[!*]/g, "") : "";
  const [found, setFound] = useState(/** @type {{wanted: string, host: any[]} | null} */ (null));
  useEffect(() => {
    if (wanted === "") return undefined;
    const abort = new AbortController();
    const timer = setTimeout(() => {
      const path = `/api/sessions/${encodeURIComponent(session)}/facets`;
      getJson(
        path,
        [
          ["host", `*${wanted}*`],
          ["limit", "20"],
        ],
        { signal: abort.signal },
      ).then(
        ({ host }) => setFound({ wanted, host }),
        () => {}, // it is a suggestion: the answer to the filter says what is wrong
      );
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [session, wanted]);
  return found !== null && wanted !== "" && found.wanted === wanted ? { ...values, host: found.host } : values;
}
