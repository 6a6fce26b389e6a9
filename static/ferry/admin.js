// Unfold asks for the browser's colour scheme when a page is opened. This follows it from then on,
// unless a scheme was chosen in admin: what Alpine shows depends on adminTheme, so that is moved.
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", async () => {
  const theme = Alpine.$data(document.documentElement);
  if (theme.adminTheme !== "auto") return;
  theme.switchTheme("light");
  await Alpine.nextTick();
  theme.switchTheme("auto");
});
