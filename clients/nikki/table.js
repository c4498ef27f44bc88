// Reads the table of contributions: of each row the cells under the names that are
// asked for. Nothing else of it leaves the page. rows has null for a row with another
// number of cells than the head; paged says that the page shows a part of its rows.
({names, table}) => {
	const text = e => (e.textContent || "").replace(/\s+/g, " ").trim();
	const heads = t => [...(t.tHead ? t.tHead.rows[t.tHead.rows.length - 1].cells : [])].map(text);
	const has = t => names.every(n => heads(t).includes(n));
	const all = [...document.querySelectorAll("table")];
	const known = document.querySelector(table);
	const candidates = known ? [known] : all.filter(has);
	const t = candidates[0] || all[0];
	const head = t ? heads(t) : [];
	const at = names.map(n => head.indexOf(n));
	const rows = [];
	for (const body of t ? t.tBodies : []) {
		for (const row of body.rows) {
			if (row.cells.length === 1) continue; // that there are none
			rows.push(row.cells.length === head.length ? at.map(i => i < 0 ? "" : text(row.cells[i])) : null);
		}
	}
	return {
		missing: names.filter(n => !head.includes(n)),
		twice: names.filter(n => head.indexOf(n) !== head.lastIndexOf(n)),
		candidates: candidates.length, rows, ready: document.readyState === "complete",
		paged: !!document.querySelector(".dataTables_paginate, .dataTables_info, .pagination"),
	};
}
