"use strict";

(function () {
  const KEPT = "lithicoat-dress";
  const DARK = window.matchMedia("(prefers-color-scheme: dark)");

  function wanted() {
    const kept = window.localStorage.getItem(KEPT);
    return kept === "dark" || kept === "light" ? kept : DARK.matches ? "dark" : "light";
  }

  function wear(dress) {
    document.documentElement.dataset.dress = dress;
    return [dress, dress === "dark" ? "Light" : "Dark"];
  }

  wear(wanted());

  let sorting = "";
  document.addEventListener("click", function (event) {
    const button = event.target.closest(".sorting");
    sorting = button ? button.id : "";
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    explorer: {
      dress: function (clicks, now) {
        if (!clicks) {
          return wear(wanted());
        }
        const next = now === "dark" ? "light" : "dark";
        window.localStorage.setItem(KEPT, next);
        return wear(next);
      },
      arrive: function (path) {
        const film = path.startsWith("/film/") ? decodeURIComponent(path.split("/")[2]) : "";
        const pages = { "/compare": "Comparison", "/progress": "Progress" };
        document.title = [film || pages[path] || "Films", "lithicoat"].join(" · ");
        document.querySelectorAll("#views a").forEach(function (link) {
          const here = link.getAttribute("href") === path;
          here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
        });
        window.scrollTo(0, 0);
        return path;
      },
      // The table is drawn anew when it is sorted; the keyboard stays where it was.
      refocus: function () {
        window.setTimeout(function () {
          const button = sorting && document.getElementById(sorting);
          if (button && document.activeElement === document.body) {
            button.focus();
          }
        }, 50);
        return window.dash_clientside.no_update;
      },
    },
  });

  document.addEventListener("DOMContentLoaded", function () {
    const narrow = window.matchMedia("(max-width: 760px)");
    const observer = new MutationObserver(function () {
      const filters = document.getElementById("filters");
      if (filters) {
        filters.open = !narrow.matches;
        observer.disconnect();
      }
    });
    observer.observe(document.body, { childList: true, subtree: true });
  });
})();
