package reason

const (
	keurGoed     = "Bekijk het plan: keur het goed, of het deel dat klopt. Wat je niet goedkeurt vervalt na een dag, en de volgende keer wordt opnieuw gepland."
	metDeHand    = "en druk dan op nu aanmelden op de pagina met sessies."
	vanzelf      = "Niets: de volgende keer wordt het opnieuw geprobeerd."
	vraagMaker   = "Kijk op de pagina met sessies wat er te zien was, en naar een nieuwere versie van touchline. Tot dan wordt niets overgenomen of geschreven."
	zieStappen   = "De stappen hieronder zeggen welke, en waarom."
	beheerder    = "Wie de machine beheert moet hiernaar kijken."
	vastgehouden = "Kijk bij wat vastgehouden is. Klopt het zo, druk dan op het is nu zo; laat het anders in de bron verbeteren."
)

var dutch = map[string]Text{
	"TOO_MANY_REMOVED":     {"Er zou meer dan gewoonlijk verwijderd, beëindigd of als oud-lid gemerkt worden; daarom is er niets gedaan.", keurGoed},
	"TOO_MANY_EMPTIED":     {"Een veld zou bij meer dan gewoonlijk leeg worden; daarom is er niets gedaan.", keurGoed},
	"TOO_MANY_CHANGED":     {"Er zou meer dan gewoonlijk gewijzigd worden; daarom is er niets gedaan.", keurGoed},
	"TOO_MANY_OVERWRITTEN": {"Er zou meer dan gewoonlijk vervangen worden van wat anderen ingevuld hebben; daarom is er niets gedaan.", keurGoed},
	"TOO_MANY_CREATED":     {"Er zou meer dan gewoonlijk gemaakt worden; daarom is er niets gedaan.", keurGoed},
	"FIRST_SYNC":           {"Een systeem wordt voor het eerst geschreven en heeft al gegevens.", keurGoed},
	"ORPHANS":              {"Er is gevonden wat touchline gemaakt heeft en niemand meer nodig heeft.", "Bekijk het plan en keur goed wat weg mag."},
	"CHILDREN_WAIT":        {"Iets dat erbij hoort wacht op goedkeuring of aanmelding.", "Open het hieronder; daar staat waarop."},

	"PLAN_STALE":            {"Wat in het plan stond is intussen gewijzigd en is gebleven zoals het was.", "Niets: de volgende keer wordt het opnieuw gepland."},
	"PART_APPROVED":         {"Een deel van het plan is goedgekeurd en gedaan.", "Niets: de rest wordt de volgende keer opnieuw gepland."},
	"PLAN_REJECTED":         {"Iemand heeft het plan bekeken en wil het niet; er is niets van gedaan.", "Verbeter waar het vandaan komt wat dit gaf: de volgende keer wordt het opnieuw gepland, en zo nodig opnieuw gevraagd."},
	"PLAN_EXPIRED":          {"Niemand keurde het plan binnen een dag goed.", vanzelf},
	"GROUP_TOO_LARGE":       {"Meer dan duizend delen één gegeven, zoals een adres, en zijn gebleven zoals ze waren.", "Zoek in de bron het adres dat zo velen delen en verbeter het daar."},
	"NOT_STORED":            {"Iets past niet in de tabellen van touchline zelf.", "Schrijf op welke stap het zegt en meld het aan wie het programma beheert."},
	"NOT_ALL_WRITTEN":       {"Iets dat geschreven moest worden is niet geschreven en wacht ook niet.", "Start het nog eens; zegt het dat weer, meld het dan aan wie het programma beheert."},
	"RECORDS_FAILED":        {"Iets kon niet geschreven worden en staat nog te schrijven.", vanzelf},
	"RECORDS_QUARANTINED":   {"Een systeem weigert iets, of het is niet te lezen.", "Kijk bij wat geweigerd is: daar staat van elk de reden. Verbeter het waar het vandaan komt."},
	"FIELDS_HELD":           {"Er is iets anders gelezen dan eerst; daarom zijn deze velden gebleven zoals ze waren.", vastgehouden},
	"IDENTITY_CHANGED":      {"Namen of geboortedata van velen zijn anders dan eerst en zijn gebleven zoals ze waren.", vastgehouden},
	"KEYS_UNKNOWN":          {"Van iemand naar wie gevraagd is, is niets bekend.", "Kijk of het nummer klopt en of het systeem waar het vandaan komt het toont."},
	"LISTING_UNCERTAIN":     {"Het was niet zeker dat een lijst volledig gelezen is; daarom geldt niemand als verdwenen.", vanzelf},
	"LISTING_LACKS_RECORDS": {"In een lijst ontbreekt iets dat er wel is als er apart naar gevraagd wordt; het is gebleven.", "Kijk of het systeem alles toont wat het moet tonen, en of iemand een filter heeft gezet."},
	"RESTORED":              {"De database is uit een back-up teruggezet; er wordt niets gemaakt of verwijderd tot alles opnieuw gelezen is.", "Start elke verwerking één keer, of wacht de nacht af."},
	"STEPS_FAILED":          {"Sommige stappen zijn mislukt; de andere zijn gedaan.", zieStappen},
	"WRITES_FAILED":         {"Geen enkel systeem kon geschreven worden.", zieStappen},
	"CHILDREN_FAILED":       {"Iets dat erbij hoort heeft niet alles gedaan.", "Open het hieronder; daar staat waarom."},
	"NEEDS_MISSING":         {"Wat ervoor komt, en nodig is, is niet gelukt.", "Kijk daar eerst naar."},

	"CREDENTIALS_REFUSED": {"De site neemt de naam, het wachtwoord of de code niet aan.", "Meld je er zelf mee aan bij de site, verbeter het bestand van settings en start touchline opnieuw."},
	"SIGN_IN_PAUSED":      {"Twee aanmeldingen zijn binnen een uur geweigerd; nog meer zou het account blokkeren.", "Verbeter het bestand van settings en start touchline opnieuw, of wacht een uur."},
	"PASSWORD_EXPIRED":    {"Het wachtwoord is verlopen.", "Meld je zelf aan bij de site, kies een nieuw, zet het in het bestand van settings en start touchline opnieuw."},
	"NEW_TERMS":           {"De site wil dat nieuwe voorwaarden aanvaard worden.", "Meld je zelf aan bij de site, lees en aanvaard ze, " + metDeHand},
	"ACTION_REQUIRED":     {"De site wil bij het aanmelden iets dat alleen een mens kan.", "Meld je zelf aan bij de site, doe wat er gevraagd wordt, " + metDeHand},
	"CAPTCHA":             {"De site wil een bewijs dat er een mens is.", "Meld je zelf aan bij de site vanuit het netwerk van deze machine, " + metDeHand},
	"MISSING_RIGHTS":      {"Het account mag niet zien wat gelezen wordt.", "Geef het dat recht in het gebruikersbeheer van de site, " + metDeHand},
	"SIGNED_OUT":          {"De site meldde touchline meteen weer af.", "Kijk of het account recht op de pagina heeft, en of iemand anders zich ermee aanmeldt."},
	"DENIED":              {"Een systeem neemt de sleutel of het account niet aan, of er ontbreekt een recht.", "Maak daar een nieuwe sleutel of geef het recht, zet het in het bestand van settings en start touchline opnieuw."},
	"INSUFFICIENT_RIGHTS": {"De sleutel mag bij RunSignup niet alles van de inschrijvingen zien.", "Vraag RunSignup om een sleutel die dat mag, zet die in het bestand van settings en start touchline opnieuw."},
	"WRONG_ACCOUNT":       {"Er is een ander account ingesteld dan waarmee deze database gemaakt is.", "Zet de gegevens van dat account terug."},

	"HOST_REFUSED":       {"Een pagina ging naar een adres waar zij niet mag komen.", "Is het genoemde adres van de site zelf, zet het dan bij de origins van het systeem in het bestand van settings."},
	"IN_CIRCLES":         {"Een pagina vraagt telkens weer om zichzelf.", "Meld je zelf aan bij de site; lukt dat, kijk dan naar een nieuwere versie van touchline."},
	"PAGE_CHANGED":       {"Een pagina is niet zoals deze versie van touchline haar kent.", vraagMaker},
	"SHAPE_CHANGED":      {"Een systeem heeft andere velden dan eerst.", "Kijk of iemand de velden gewijzigd heeft. Klopt het zo, aanvaard het dan bij wat vastgehouden is."},
	"DRIFTED":            {"Een systeem antwoordt anders dan deze versie van touchline kent.", "Kijk naar een nieuwere versie van touchline. Tot dan wordt daar niets overgenomen of geschreven."},
	"CONTRADICTION":      {"Een antwoord van een systeem spreekt zichzelf tegen; er is niets van overgenomen.", vanzelf + " Zegt het dat weer, bekijk dan de lijst in het systeem zelf."},
	"OUT_OF_ORDER":       {"Een lijst komt niet meer op volgorde; er is niets van overgenomen.", "Kijk naar een nieuwere versie van touchline."},
	"TOO_MANY_FAULTS":    {"Te veel van een lijst was niet te lezen.", vraagMaker},
	"RECORDS_REASSIGNED": {"Veel nummers zijn nu die van anderen: de server is misschien vervangen of teruggezet.", "Vraag het aan wie die server beheert; start dan de scan ervan, bekijk het plan en keur het goed."},
	"CRM_MODULE_MISSING": {"FreeScout heeft geen velden voor klanten.", "Zet daar de module CRM erbij en aan."},

	"MAINTENANCE":      {"De site is dicht voor onderhoud.", vanzelf},
	"UNREACHABLE":      {"Een systeem was niet bereikbaar.", vanzelf + " Blijft het zo, kijk dan of de site in een browser opengaat."},
	"BREAKER_OPEN":     {"Een systeem faalde te vaak en wordt een tijd met rust gelaten.", vanzelf},
	"TRANSIENT":        {"Een systeem faalde op een manier die voorbij kan gaan.", vanzelf},
	"THROTTLED":        {"Een systeem wil een tijd met rust gelaten worden.", vanzelf},
	"NOT_FOUND":        {"Iets dat nodig is, is er niet in het systeem.", "De tekst zegt wat; kijk daar of iemand het weggehaald heeft."},
	"REJECTED":         {"Een systeem weigert wat het kreeg.", "De tekst zegt wat; kijk naar een nieuwere versie van touchline."},
	"STALE":            {"Er is intussen iets gewijzigd.", vanzelf},
	"WAITING":          {"Het wacht op iets dat genoemd is.", "Niets: als dat er is gaat het verder."},
	"LEASE":            {"Iets anders is in het systeem bezig.", "Niets: daarna gaat het verder."},
	"YIELDED":          {"Het heeft iets voorgelaten dat eerst komt.", "Niets: daarna gaat het verder."},
	"OBSERVED":         {"Er wordt alleen naar het systeem gekeken: zo is ingesteld dat daar niets geschreven wordt.", "Niets; wie het bestand van settings wijzigt kan het laten schrijven."},
	"CANCELLED":        {"Iemand heeft het afgebroken.", "Niets: wat over is doet de volgende keer."},
	"NO_WORKER":        {"Geen worker heeft het opgepakt.", "Start de worker (touchline worker); die is nodig voor systemen met webpagina's."},
	"NO_LEASE":         {"Het recht om in het systeem te werken kwam niet verder.", "Kijk of de worker loopt en start hem opnieuw."},
	"TAKEN_OVER":       {"Alles wat het oppakte is gestopt.", beheerder + " De logs van de workers zeggen waarom."},
	"INTERNAL":         {"Er gebeurde iets onverwachts in touchline.", beheerder + " De log zegt meer."},
	"UNKNOWN":          {"Er gebeurde iets onverwachts.", beheerder + " De log zegt meer."},
	"UNKNOWN_SYSTEM":   {"Zo'n systeem is niet ingesteld.", beheerder},
	"UNKNOWN_PLACE":    {"Het programma kent die plaats in het systeem niet meer.", beheerder},
	"UNKNOWN_PIPELINE": {"Het programma kent die verwerking niet meer.", beheerder},
}
