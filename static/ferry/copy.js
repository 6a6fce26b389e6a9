// Buttons with data-copy="#id" put the value of that field on the clipboard. Without this script
// they stay hidden, and the field can be selected. What happened is said in the next role=status,
// in the words of data-copied and data-selected: the page knows the reader's language.
(function () {
  "use strict";
  var seconds = 4;

  function show(root) {
    root.querySelectorAll("[data-copy]").forEach(function (button) {
      button.hidden = false;
    });
  }

  function say(button, text) {
    var frame = button.closest(".copyable");
    var status = frame && frame.querySelector("[role=status]");
    if (!status) return;
    status.textContent = text;
    clearTimeout(status.timer);
    status.timer = setTimeout(function () { status.textContent = ""; }, seconds * 1000);
  }

  // The clipboard is there on https only; a selected field can be copied everywhere else.
  function copy(field) {
    field.focus();
    field.select();
    if (navigator.clipboard && window.isSecureContext) {
      return navigator.clipboard.writeText(field.value);
    }
    return document.execCommand("copy") ? Promise.resolve() : Promise.reject();
  }

  document.addEventListener("click", function (event) {
    var button = event.target.closest("[data-copy]");
    if (!button) return;
    copy(document.querySelector(button.dataset.copy)).then(
      function () { say(button, button.dataset.copied); },
      function () { say(button, button.dataset.selected); }
    );
  });
  document.addEventListener("htmx:load", function (event) { show(event.target); });
  show(document);
})();
