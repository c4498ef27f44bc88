// Fills the table late, where the simulator is told to.
const body = document.querySelector("#datatable tbody");
const wait = ms => new Promise(done => setTimeout(done, ms));
const add = async part => {
	const rows = await (await fetch("/leden/rows?part=" + part)).json();
	if (body.querySelector("td[colspan]")) body.replaceChildren();
	for (const r of rows) {
		const tr = body.insertRow();
		for (const v of [r.Year, r.Name, r.Address, r.Member, r.Team, r.ID, r.Balance, r.Status]) tr.insertCell().textContent = v;
	}
};
(async () => {
	if (window.mode === "late") { await wait(window.delay); await add(0); }
	if (window.mode === "staged") { await wait(window.delay); await add(1); await wait(window.delay); await add(2); }
	if (window.mode === "paged") {
		for (const row of [...body.rows].slice(10)) row.remove();
		body.parentElement.insertAdjacentHTML("afterend", '<div class="dataTables_paginate">1 2 3</div>');
	}
})();
