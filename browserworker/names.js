// Returns what an id, a class or a name says without what may be data in it: a word
// stays when pages are built of it, or when it stands in the selectors that the
// connector knows its site by. Of every other the letters become x, capitals X, and
// digits 0, so that what is returned is returned again as it is. The veil is our own
// (mask.js).
known => {
	const ways = `abbr about accept action active add address admin after agree alert aria area arrow article aside auth
		back badge banner bar before block body border bottom box breadcrumb btn button cancel caption captcha card cell center check checkbox checked
		chip clear click close code col collapse column combobox complementary confirm consent container content control cookie create current dashboard data date
		decline delete description dialog disabled div download dropdown edit email empty end error expand expanded fa false feedback field fields file
		filter filters first flex float focus font footer form frame full gender global grid group groups hcaptcha head header heading help hidden hide home hover html
		icon icons id image img info inactive index inline input inputs invalid item items kc keep label language large last layout left legend lg link links list listbox load loader loading
		log login logo logout main margin mask max md medium member members menu menuitem message messages meta min mobile mod modal more multiple name nav
		navbar navigation navigator new next none note number object off on option options otp overlay padding page pager pagination panel password
		picker placeholder popup presentation prev primary progress progressbar quick radio reader readonly realm recaptcha recovery region register remember remove required
		reset result results right role root row rows save scroll sc search second secondary section select selected send session set settings show sidebar sign
		signin size skip small sm sort span spinner start state static status step style sub submit subtitle success switch tab table tabpanel tabs tag task tasks td tel
		template term terms test text textarea textbox th theme time title toggle token toolbar tooltip top tr tree true turnstile type ul update upload url user username
		veil valid validation value view visible warning widget width wrap wrapper xs`;
	const words = new Set([...ways.split(/\s+/), ...known.toLowerCase().split(/[^a-z]+/)]);
	const part = /\p{Lu}+(?!\p{Ll})|\p{Lu}?[^\p{Lu}]+/gu;
	const shape = s => s.replace(/\p{Lu}/gu, "X").replace(/\p{M}|[^\p{Lu}]/gu, "x");
	const kept = run => words.has(run.toLowerCase()) ? run : run.replace(part, p => words.has(p.toLowerCase()) ? p : shape(p));
	return s => s.replace(/[\p{L}\p{M}]+/gu, kept).replace(/\p{N}/gu, "0").replace(/[^\p{L}0\s.,:;()#\/_-]/gu, "?");
}
