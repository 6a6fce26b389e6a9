// A form that was sent is not sent again while its answer is awaited: who clicks twice wants one
// catalog. Without this script two are made, and can be deleted.
(function () {
  "use strict";
  var longest = 10000; // ms, where the browser was told to stop waiting
  var sent = new WeakMap();

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
    if (Date.now() - (sent.get(form) || 0) < longest) event.preventDefault();
    else sent.set(form, Date.now());
  });
  // Whoever comes back to the page may send its form anew.
  window.addEventListener("pageshow", function () { sent = new WeakMap(); });
})();
