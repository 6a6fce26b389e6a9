// A PIM shows its screens behind "#", which servers never see: ask this one for the same screen.
(function () {
  var route = location.hash.slice(1);
  if (route.charAt(0) === "/" && route.length > 1) {
    location.replace("/screens/route?to=" + encodeURIComponent(route));
  }
})();
