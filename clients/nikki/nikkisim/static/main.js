// Takes the table over as a script of the site does: only ten rows stay in the page.
for (const row of [...document.querySelectorAll("#datatable tbody tr")].slice(10)) row.remove();
