// Says times as people here read them: "2 minutes ago", or the date once that is a week ago, with all of it on
// hover. Without script, they are in UTC.
const language = document.documentElement.lang;
const regional = navigator.languages.find((each) => each.startsWith(`${language}-`));
// English alone is American to browsers, with the month first. Calendar and digits are those of the site's dates.
const locale = regional || (language === "en" ? "en-GB" : language);
const ours = { calendar: "gregory", numberingSystem: "latn" };
const date = new Intl.DateTimeFormat(locale, { ...ours, dateStyle: "medium" });
const full = new Intl.DateTimeFormat(locale, {
  ...ours, year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short",
});
const relative = new Intl.RelativeTimeFormat(locale, { numberingSystem: "latn", numeric: "auto" });
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function ago(at) {
  const seconds = (Date.now() - at) / 1000;
  if (seconds < -MINUTE) return full.format(at);
  if (seconds < MINUTE) return relative.format(0, "second");
  if (seconds < HOUR) return relative.format(-Math.floor(seconds / MINUTE), "minute");
  if (seconds < DAY) return relative.format(-Math.floor(seconds / HOUR), "hour");
  // "Yesterday" is the day before today, however few hours that is.
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 1000 / DAY);
  return days < 7 ? relative.format(-days, "day") : date.format(at);
}

function show() {
  document.querySelectorAll("time[data-moment]").forEach((time) => {
    const at = new Date(time.dateTime);
    const text = time.dataset.moment === "full" ? full.format(at) : ago(at);
    if (time.textContent !== text) time.textContent = text;
    time.title = full.format(at);
  });
}

show();
setInterval(show, MINUTE * 1000);
