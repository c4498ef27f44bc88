// Lists what a sign-in page is built of: a line for each element that has an id
// or a name, with its type and whether it is shown. No text, no value; ids and names
// are as name has them (names.js).
name => () => {
	const lines = [];
	for (const e of document.querySelectorAll("[id], [name], form, iframe, h1")) {
		if (lines.length >= 500) break;
		let line = e.localName;
		const id = e.getAttribute("id"); // e.id may be a field of that name
		if (id) line += "#" + name(id);
		for (const a of ["name", "type"]) {
			const v = e.getAttribute(a);
			if (v && e.localName !== "meta") line += ` ${a}=${name(v)}`;
		}
		if (!e.checkVisibility({checkVisibilityCSS: true})) line += " hidden";
		lines.push(line);
	}
	return lines.join("\n") + "\n";
}
