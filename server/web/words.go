package web

// The languages of the pages. The phrases stand in English in the templates.
const (
	english = "en"
	dutch   = "nl"
)

func known(language string) bool { return language == english || language == dutch }

// translate is a phrase, or a name of the API, in a language. A phrase that has no
// translation stays.
func translate(language, phrase string) string {
	if both, ok := said[phrase]; ok {
		if language == dutch {
			return both[1]
		}
		return both[0]
	}
	if text, ok := inDutch[phrase]; ok && language == dutch {
		return text
	}
	return phrase
}

var inDutch = map[string]string{ //nolint:gosec // phrases
	"Leavers": "Wie vertrekt", "since": "sinds", "leaves from": "vertrekt vanaf", "full readings that lack it": "keer volledig gelezen zonder", "as it was read": "zoals gelezen",
	"A plan that ends it waits for you": "Er wacht een plan dat dit doet op jou", "Keep": "Houden", "Let go": "Laten gaan",
	"A source lacks them, or what was read of them says that they leave. A later full reading that says so again makes it so. Whom you let go leaves with the next run, and counts for no limit; whom you keep stays until you let them go, or they are seen again.": "Een bron heeft hen niet meer, of wat er gelezen is zegt dat zij vertrekken. Zegt een latere volledige lezing dat weer, dan is het zo. Wie je laat gaan vertrekt de volgende keer en telt voor geen grens mee; wie je houdt blijft tot je laat gaan, of tot die er weer is.",
	"Are leaving by themselves; you may keep them": "Vertrekken vanzelf; je mag hen houden",
	"Refused": "Geweigerd", "Try again": "Opnieuw proberen", "There are more; the table has all of them.": "Er zijn er meer; de tabel heeft ze allemaal.",
	"Records are refused and set aside": "Geweigerd en apart gezet", "Fields of records are refused": "Velden zijn geweigerd",
	"Records at systems cannot be read": "Niet te lezen in een systeem", "What could not be read": "Wat niet te lezen was", "Id there": "Nummer daar",
	"It stands at a system, is nobody's here, and could not be read or shows no number. Look it up there by its id and correct it; the next full reading takes it.": "Dit staat in een systeem, is hier van niemand, en was niet te lezen of heeft geen relatienummer. Zoek het daar op aan zijn nummer en verbeter het; de volgende keer dat alles gelezen wordt komt het mee.",
	"Of these records a system refuses a field; the rest of them is written.":                                                                                       "Hiervan weigert een systeem een veld; de rest wordt geschreven.",
	"Records that are set aside": "Wat apart gezet is", "Records with a field that is refused": "Wat een geweigerd veld heeft",
	"These records are set aside: a system refuses them, or nothing is known of them there. They are tried again when they change, after a while, or when you say so.": "Dit is apart gezet: een systeem weigert het, of er is daar niets van bekend. Het wordt opnieuw geprobeerd als het verandert, na een tijd, of als jij het zegt.",
	"of": "van", "also for all others on this page that are alike": "ook voor alle andere op deze pagina die net zo zijn", "Another value": "Een andere waarde", "Take this value": "Neem deze waarde",

	"Audit": "Logboek", "Row": "Regel", "Who": "Wie", "It is whole: no row was changed, and none is missing.": "Het is volledig: geen regel is gewijzigd en er ontbreekt er geen.",
	"Name, address or number": "Naam, adres of nummer", "There are more; give more words.": "Er zijn er meer; geef meer woorden.", "Write nothing of it to": "Niets ervan schrijven naar",
	"Schedule": "Tijden van", "Pause": "Pauzeren", "Resume": "Hervatten", "it runs": "loopt", "As the settings have it": "Zoals de instellingen het hebben",
	"Other times": "Andere tijden", "Time zone": "Tijdzone", "When a time was missed": "Als een tijd gemist is", "Set these times": "Deze tijden zetten",
	"Minute, hour, day, month and day of the week, as in cron": "Minuut, uur, dag, maand en dag van de week, zoals in cron",
	"Next and last are UTC; times are those of the zone.":      "Volgende en laatste keer zijn UTC; tijden zijn die van de zone.",

	"A session needs a person": "Een aanmelding heeft iemand nodig",
	"Sessions":                 "Aanmeldingen", "Signed in": "Aangemeld", "Signed in anew at the latest": "Uiterlijk opnieuw aangemeld", "Last look": "Laatst gekeken",
	"Next look": "Volgende keer kijken", "none by the schedule": "geen volgens de tijden", "Worker": "Worker", "none": "geen", "Asked for": "Gevraagd", "it is signed in": "het is aangemeld",
	"it did not succeed": "het lukte niet", "a worker is at it": "een worker is bezig", "no worker has taken it up yet": "nog geen worker is eraan begonnen", "Sign in now": "Nu aanmelden",
	"No system behind web pages is set up.": "Er is geen systeem achter webpagina's ingesteld.", "What pages looked like": "Hoe pagina's eruitzagen",
	"Letters are x, digits 0. Kept for seven days; who has opened what stands in the audit.":                                              "Letters zijn x, cijfers 0. Zeven dagen bewaard; wie wat geopend heeft staat in het logboek.",
	"Systems behind web pages are read and written in a browser, in which touchline stays signed in. It signs in by itself where it can.": "Systemen achter webpagina's worden in een browser gelezen en geschreven, waarin touchline aangemeld blijft. Het meldt zich zelf aan waar dat kan.",

	"As a table (CSV)": "Als tabel (CSV)",
	"To the content":   "Naar de inhoud", "Pages": "Pagina's", "Today": "Vandaag", "Records": "Personen en meer", "Conflicts": "Conflicten",
	"Held": "Vastgehouden", "Schedules": "Tijden", "Sign out": "Afmelden", "Sign in": "Aanmelden", "Token": "Sleutel",
	"An operator makes one with": "Een beheerder maakt er een met", "This did not work": "Dit lukte niet",
	"What needs you": "Wat op jou wacht", "Nothing: all is in step.": "Niets: alles loopt.", "Pipelines": "Verwerkingen", "Pipeline": "Verwerking",
	"Last run": "Laatste keer", "Ended": "Klaar", "ended": "klaar", "Next": "Volgende keer", "Do": "Doen", "never": "nooit", "Run now": "Nu doen", "Make a plan": "Plan maken",
	"A plan waits for you": "Er wacht een plan op jou", "A system wants somebody to sign in": "Bij een systeem moet iemand zich aanmelden",
	"The last run has failed": "De laatste keer mislukte", "A system answers otherwise than before": "Een systeem antwoordt anders dan eerst",
	"The last run has not done all": "De laatste keer lukte niet alles", "Conflicts wait for a decision": "Conflicten wachten op een beslissing",
	"Fields are held, since a reading is not like the ones before": "Velden worden vastgehouden: er is anders gelezen dan eerst",
	"The database was restored from a backup":                      "De database is teruggezet",
	"Asked by": "Gevraagd door", "Look at the plan, and approve it": "Plan bekijken en goedkeuren", "What it decided": "Wat er besloten is",
	"It is under way; this page looks again by itself.": "Het loopt; deze pagina kijkt vanzelf opnieuw.",
	"Why": "Waarom", "Cancel it": "Afbreken", "Steps": "Stappen", "Runs": "Verwerkingen", "It belongs to a run of several": "Het hoort bij een verwerking van meer", "Step": "Stap", "State": "Stand", "Counts": "Aantallen", "Reason": "Reden",
	"read": "gelezen", "made": "gemaakt", "changed": "gewijzigd", "removed": "verwijderd", "waiting": "wacht", "quarantined": "geweigerd", "held": "vastgehouden",
	"failed": "mislukt", "conflicts": "conflicten", "Plan": "Plan", "The run": "De verwerking", "It takes over": "Het neemt over",
	"Approve all of it, or only the records that you choose. You see what would be done before it is done.": "Keur alles goed, of alleen wat je aankruist. Je ziet eerst wat er gebeurt.",
	"Look at what would be done": "Bekijk wat er gebeurt", "Show": "Tonen", "Where": "Waar", "What": "Wat", "Fields": "Velden", "It has no changes.": "Er verandert niets.", "More": "Meer",
	"In all": "In totaal", "Count": "Aantal", "Below only": "Hieronder alleen", "All of it": "Alles", "Reject it": "Afwijzen", "Reject the plan": "Plan afwijzen",
	"Nothing of the plan is done. The next run plans anew, and asks again where it must.": "Van het plan gebeurt niets. De volgende keer wordt het opnieuw gepland, en zo nodig opnieuw gevraagd.",
	"All in step last": "Laatst gelijk", "unreadable": "onleesbaar", "Approve": "Goedkeuren", "All of the plan": "Het hele plan", "A part of the plan": "Een deel van het plan", "records": "personen of andere",
	"are left, and planned again by the next run": "blijven over en komen de volgende keer weer", "It passes a limit": "Het gaat over een grens", "Do it": "Doen", "Back to the plan": "Terug naar het plan",
	"Kind": "Soort", "Key": "Code", "Find": "Zoeken", "any": "alle", "with a held field": "met een vastgehouden veld", "List": "Tonen", "Where it stands": "Hoe het ervoor staat",
	"It has left": "Is weg", "At the systems": "Bij de systemen", "Written": "Geschreven", "Taken": "Gelezen", "Leaves": "Vertrekt", "again": "opnieuw",
	"Try again what was refused": "Probeer opnieuw wat geweigerd is", "Field": "Veld", "Ours": "Bij ons", "From": "Van", "History": "Wat er gebeurde", "When": "Wanneer", "run": "verwerking",
	"Only those that are open": "Alleen wat open staat", "All, also those that are over": "Alles, ook wat voorbij is", "taken was that of": "genomen is die van", "settled by": "beslist door",
	"Take ours": "Neem die van ons", "Take that of": "Neem die van", "There are none.": "Er zijn er geen.",
	"A reading is not like the good ones before. What it shows in these fields is not taken until a second reading says the same, or you say that it is so now.": "Er is anders gelezen dan eerst. Wat in deze velden staat wordt niet overgenomen tot een tweede keer hetzelfde zegt, of jij zegt dat het nu zo is.",
	"accepted by": "aanvaard door", "It is so now": "Het is nu zo", "Times": "Tijden", "Last": "Laatste", "paused": "gepauzeerd",
}
