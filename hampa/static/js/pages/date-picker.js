// A calendar beside a date field, in the calendar of the viewer: data-date="solar" or "gregorian". The field stays a text
// field that takes either; the calendar only writes into it. Days are UTC midnights; Intl knows both calendars.
(() => {
  const DAY = 86400000;
  const lang = document.documentElement.lang;
  const rtl = document.documentElement.dir === "rtl";
  const numbers = new Intl.NumberFormat(lang, { useGrouping: false });
  let number = 0;

  const calendarOf = (name) => {
    const tag = name === "solar" ? "persian" : "gregory";
    const format = (locale, options) => new Intl.DateTimeFormat(locale, { calendar: tag, timeZone: "UTC", ...options });
    const numeric = format("en-u-nu-latn", { year: "numeric", month: "numeric", day: "numeric" });
    const parts = (time) => {
      const found = Object.fromEntries(numeric.formatToParts(time).map(({ type, value }) => [type, parseInt(value, 10)]));
      return { year: found.year, month: found.month, day: found.day };
    };
    const title = format(lang, { month: "long", year: "numeric" });
    const label = format(lang, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
    return {
      parts,
      // the era is left out: it goes without saying
      title: (time) => {
        const said = Object.fromEntries(title.formatToParts(time).map(({ type, value }) => [type, value]));
        return `${said.month} ${said.year}`;
      },
      label: (time) => label.format(time),
      first: (time) => time - (parts(time).day - 1) * DAY,
    };
  };
  const calendars = { solar: calendarOf("solar"), gregorian: calendarOf("gregorian") };

  const today = () => {
    const now = new Date();
    return Date.UTC(now.getFullYear(), now.getMonth(), now.getDate());
  };

  const latin = (text) => text.replace(/[\u06F0-\u06F9\u0660-\u0669]/g, (digit) => digit.charCodeAt(0) & 15);

  const read = (text) => {
    const found = latin(text).match(/^\s*(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})\s*$/);
    if (!found) return null;
    const [year, month, day] = found.slice(1).map(Number);
    if (year >= 1700) return Date.UTC(year, month - 1, day);
    // the year begins within a day of 21 March; its first six months have 31 days
    const guess = Date.UTC(year + 621, 2, 21) + ((month - 1) * 31 - Math.max(0, month - 7) + day - 1) * DAY;
    for (const off of [0, -1, 1, -2, 2]) {
      const there = calendars.solar.parts(guess + off * DAY);
      if (there.year === year && there.month === month && there.day === day) return guess + off * DAY;
    }
    return null;
  };

  const write = (time, name) => {
    const { year, month, day } = calendars[name].parts(time);
    const pad = (value) => String(value).padStart(2, "0");
    const text = [year, pad(month), pad(day)].join(name === "solar" ? "/" : "-");
    return text.replace(/\d/g, (digit) => numbers.format(digit));
  };

  const make = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.append(...children);
    return element;
  };

  const start = (field) => {
    if (field.closest(".control").querySelector(".picker-open")) return; // a morphed page may have lost it
    const words = field.dataset;
    const calendar = calendars[words.date];
    const codes = words.dateWeek.split(" ");
    const firstDay = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"].indexOf(codes[0]);
    const control = field.closest(".control");
    const sign = (name) => {
      const icon = control.querySelector("template").content.querySelector(`[data-icon=${name}]`);
      return icon.firstElementChild.cloneNode(true);
    };
    const open = make("button", { type: "button", class: "icon-button picker-open", "aria-label": words.dateOpen, "aria-expanded": "false" }, sign("calendar"));
    field.classList.add("picked");
    control.append(open);
    let panel = null;
    let at = 0;

    const close = (back = true) => {
      panel?.remove();
      panel = null;
      open.setAttribute("aria-expanded", "false");
      if (back) open.focus();
    };

    const choose = (time) => {
      field.value = write(time, words.date);
      field.dispatchEvent(new Event("input", { bubbles: true }));
      field.dispatchEvent(new Event("change", { bubbles: true }));
      close();
    };

    const draw = (focus = true) => {
      const first = calendar.first(at);
      const { month } = calendar.parts(at);
      const chosen = read(field.value);
      const step = (label, name, time) => {
        const button = make("button", { type: "button", class: "icon-button", "aria-label": label }, sign(name));
        button.addEventListener("click", () => ((at = time), draw(false)));
        return button;
      };
      const head = make("div", { class: "picker-head" },
        step(words.datePrevious, "back", calendar.first(first - DAY)),
        make("span", { "aria-live": "polite" }, calendar.title(at)),
        step(words.dateNext, "arrow", calendar.first(first + 32 * DAY)));
      const names = make("tr");
      words.dateLetters.split(" ").forEach((letter) => names.append(make("th", { scope: "col" }, letter)));
      const body = make("tbody");
      let time = first - ((new Date(first).getUTCDay() - firstDay + 7) % 7) * DAY;
      do {
        const row = make("tr");
        for (let column = 0; column < 7; column += 1, time += DAY) {
          const cell = make("td");
          if (calendar.parts(time).month === month) {
            const day = make("button", { type: "button", "data-time": time, tabindex: time === at ? "0" : "-1", "aria-label": calendar.label(time), "aria-pressed": time === chosen }, numbers.format(calendar.parts(time).day));
            if (time === today()) day.setAttribute("aria-current", "date");
            day.disabled = time < today();
            cell.append(day);
          }
          row.append(cell);
        }
        body.append(row);
      } while (calendar.parts(time).month === month);
      panel.replaceChildren(head, make("table", {}, make("thead", {}, names), body));
      if (focus) panel.querySelector(`[data-time="${at}"]`)?.focus();
    };

    const keys = (event) => {
      const forward = rtl ? -1 : 1;
      const moves = { ArrowLeft: -forward, ArrowRight: forward, ArrowUp: -7, ArrowDown: 7, PageUp: -30, PageDown: 30 };
      if (event.key === "Escape") close();
      else if (event.key in moves && event.target.dataset.time) at = Math.max(today(), at + moves[event.key] * DAY);
      else return;
      event.preventDefault();
      if (panel) draw();
    };

    open.addEventListener("click", () => {
      if (panel) return close();
      at = Math.max(today(), read(field.value) ?? today());
      panel = make("div", { class: "picker", role: "dialog", "aria-label": words.dateOpen, id: `picker-${(number += 1)}` });
      panel.addEventListener("keydown", keys);
      panel.addEventListener("click", (event) => {
        const day = event.target.closest("[data-time]");
        if (day) choose(Number(day.dataset.time));
      });
      control.append(panel);
      open.setAttribute("aria-expanded", "true");
      draw();
      const { left, right } = panel.getBoundingClientRect();
      if (left < 0 || right > document.documentElement.clientWidth) panel.classList.add("picker-end");
    });
    document.addEventListener("click", (event) => {
      if (panel && !control.contains(event.target) && event.target.isConnected) close(false);
    });
  };

  const look = () => document.querySelectorAll("input[data-date]").forEach(start);
  look();
  document.addEventListener("htmx:after:swap", look);
})();
