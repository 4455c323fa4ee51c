/** Numbers as people read them: sizes, times, dates. */

const whole = new Intl.NumberFormat("en");
const UNITS = ["kB", "MB", "GB", "TB", "PB"];

/**
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function count(value) {
  return value === null || value === undefined ? "–" : whole.format(value);
}

/**
 * @param {number} number
 * @param {string} one
 * @param {string} [many]
 * @returns {string}
 */
export function counted(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

/**
 * Returns a size in the units that the API takes: a kB is 1,000 bytes.
 * @param {number | null | undefined} value -1 for unknown, as in a HAR
 * @returns {string}
 */
export function bytes(value) {
  if (value === null || value === undefined || value < 0) return "–";
  if (value < 1000) return `${Math.round(value)} B`;
  let rest = value / 1000;
  let unit = 0;
  while (rest >= 999.5 && unit < UNITS.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${digits(rest)} ${UNITS[unit]}`;
}

/**
 * @param {number | null | undefined} value in milliseconds, -1 for unknown
 * @returns {string}
 */
export function duration(value) {
  if (value === null || value === undefined || value < 0) return "–";
  if (value < 999.5) return `${digits(value)} ms`;
  if (value < 59_950) return `${digits(value / 1000)} s`;
  const seconds = Math.round(value / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${whole.format(hours)} h ${minutes} min` : `${minutes} min ${seconds % 60} s`;
}

/**
 * @param {number | null | undefined} value of one to the other
 * @returns {string}
 */
export function ratio(value) {
  return value === null || value === undefined ? "–" : `${digits(value)}×`;
}

/**
 * Returns three digits, fewer where the last would be zeros.
 * @param {number} value
 * @returns {string}
 */
function digits(value) {
  if (value >= 100) return whole.format(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/**
 * Returns a date and its time of day.
 * @param {string | number | null | undefined} time in ISO 8601, or in milliseconds since 1970
 * @param {"local" | "utc"} zone
 * @param {boolean} [withDate]
 * @returns {string}
 */
export function moment(time, zone, withDate = true) {
  if (time === null || time === undefined) return "–";
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return String(time);
  const key = `${zone} ${withDate}`;
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-CA", {
      ...(withDate ? { year: "numeric", month: "2-digit", day: "2-digit" } : {}),
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      hourCycle: "h23",
      ...(zone === "utc" ? { timeZone: "UTC" } : {}),
    });
    formats.set(key, format);
  }
  return format.format(date).replace(", ", " ");
}
