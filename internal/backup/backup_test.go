package backup

import (
	"strings"
	"testing"
)

func TestNoPasswordAmongTheArguments(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		"postgres://touchline:s3cret@db.example.org/touchline?sslmode=require",
		"postgresql://db.example.org/touchline?user=touchline&password=s3cret",
		"host=db.example.org user=touchline password=s3cret dbname=touchline",
		"password = 's3cret' host=db.example.org dbname=touchline",
	} {
		public, password := withoutPassword(address)
		if strings.Contains(public, "s3cret") || password != "s3cret" || !strings.Contains(public, "db.example.org") {
			t.Errorf("%s: %q with the password %q", address, public, password)
		}
	}
}

// A program quotes the row that it cannot store.
func TestNoValueInAComplaint(t *testing.T) {
	t.Parallel()
	said := "pg_restore: error: COPY failed for table \"entity\": ERROR:  invalid input syntax for type date: \"Anna Vos\"\n" +
		"CONTEXT:  COPY entity, line 1: \"1 Anna Vos\"\n"
	got := firstError(said)
	if strings.Contains(got, "Anna") || !strings.Contains(got, `table "entity"`) {
		t.Errorf("it says %q", got)
	}
	if got := firstError("CONTEXT: Anna Vos"); strings.Contains(got, "Anna") {
		t.Errorf("it says %q", got)
	}
}
