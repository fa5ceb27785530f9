// Sends the answer on by itself. Without JavaScript, the form's own button does.
document.getElementById("answer").submit();
