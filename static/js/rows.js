// Adds rows to, and takes them from, a list that is edited with its page (templates/admin/edit_inline/tabular.html).
for (const list of document.querySelectorAll(".js-inline-admin-formset")) {
  const empty = list.querySelector(".empty-form");
  const add = list.querySelector("[data-adds-row]");
  const total = list.querySelector("[name$='-TOTAL_FORMS']");
  const most = Number(list.querySelector("[name$='-MAX_NUM_FORMS']").value);
  if (!empty || !add) continue;
  const prefix = total.name.replace("-TOTAL_FORMS", "");
  const rows = () => [...list.querySelectorAll("tbody > .form-row:not(.empty-form)")];

  const number = (row, index) => {
    row.id = `${prefix}-${index}`;
    for (const element of row.querySelectorAll("[name], [id], [for]")) {
      for (const name of ["name", "id", "for"]) {
        const value = element.getAttribute(name);
        const numbered = value?.replace(new RegExp(`${prefix}-(\\d+|__prefix__)-`), `${prefix}-${index}-`);
        if (value) element.setAttribute(name, numbered);
      }
    }
  };
  const count = () => {
    rows().forEach(number);
    total.value = rows().length;
    add.disabled = rows().length >= most;
  };
  const takesItself = (row) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button secondary";
    button.textContent = add.dataset.removes;
    button.addEventListener("click", () => {
      row.remove();
      count();
      add.focus();
    });
    row.querySelector(".delete").append(button);
  };

  add.addEventListener("click", () => {
    const row = empty.cloneNode(true);
    row.classList.remove("empty-form");
    takesItself(row);
    empty.before(row);
    count();
    row.querySelector("input:not([type=hidden]), select, textarea")?.focus();
  });
  add.hidden = false;
}
