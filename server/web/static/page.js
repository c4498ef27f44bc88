// A page of a run that is under way is told of its progress: each event has the parts of
// the page that are otherwise now, which take the place of those with their ids. What is
// not told looks again by itself.
"use strict";

const lookAgain = after => setTimeout(() => location.reload(), after);

const again = document.querySelector("[data-again]");
if (again) {
  lookAgain(Number(again.dataset.again));
}

const watch = document.querySelector("[data-watch]");
if (watch) {
  const news = new EventSource(watch.dataset.watch);
  news.onmessage = event => {
    const parts = document.createElement("template");
    parts.innerHTML = event.data;
    for (const part of [...parts.content.children]) {
      const shown = document.getElementById(part.id);
      if (shown) {
        shown.replaceWith(part);
      }
    }
  };
  news.addEventListener("end", () => {
    news.close();
    location.reload();
  });
  news.onerror = () => {
    if (news.readyState === EventSource.CLOSED) { // refused; else the browser asks again
      lookAgain(5000);
    }
  };
}
