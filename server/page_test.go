package server

import "testing"

func TestPageTokens(t *testing.T) {
	t.Parallel()
	token := pageToken(idRow(42), "records", "club.person")
	row, err := pageRow(token, "records", "club.person")
	if id, idErr := rowID(row); err != nil || idErr != nil || id != 42 {
		t.Errorf("back from the token: %d, %v, %v; want 42", id, err, idErr)
	}
	for name, bad := range map[string]string{
		"another question": pageToken(idRow(42), "records", "club.team"),
		"not base64":       "!!!",
		"too short":        "AAAA",
	} {
		if _, err := pageRow(bad, "records", "club.person"); err == nil {
			t.Errorf("%s: the token is taken", name)
		}
	}
	if row, err := pageRow(""); row != nil || err != nil {
		t.Errorf("no token: row %v, error %v; want none", row, err)
	}
	if pageToken(nil, "records") != "" {
		t.Error("the last page has a token")
	}
}
