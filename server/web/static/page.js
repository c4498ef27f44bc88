// A page of a run that is under way looks again by itself.
"use strict";
const again = document.querySelector("[data-again]");
if (again) {
  setTimeout(() => location.reload(), Number(again.dataset.again));
}
