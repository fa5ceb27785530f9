// Puts the text of a field, or of a passage, on the clipboard. Without script, people select it.
document.querySelectorAll("button[data-copies]").forEach((button) => {
  const text = document.getElementById(button.dataset.copies);
  if (!navigator.clipboard || !text) return;
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    if (text.select) text.select();
    else getSelection().selectAllChildren(text);
    await navigator.clipboard.writeText(text.value ?? text.textContent);
    button.textContent = button.dataset.done;
  });
});
