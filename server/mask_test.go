package server

import (
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	t.Parallel()
	for value, want := range map[string]string{
		"":                           "",
		"jan@example.org":            "a@a.a (9-16)",
		"2009-02-28":                 "0-0-0 (9-16)",
		"+31612345678":               "+0 (9-16)",
		"Zoë":                        "a (1-8)",
		"Žižek-Ångström":             "a-a (9-16)",
		"true":                       "a (1-8)",
		"false":                      "a (1-8)",
		"AB12CD":                     "a0a (1-8)",
		"one\ntwo":                   "a a (1-8)",
		"<b>\x00":                    "*a* (1-8)",
		strings.Repeat("a ", 40):     strings.Repeat("a ", 12) + "... (33 or more)",
		strings.Repeat("\u0301x", 3): "a (1-8)",
	} {
		if got := mask(value); got != want {
			t.Errorf("mask(%q) = %q, want %q", value, got, want)
		}
	}
}

func TestMaskedValuesOfOneFormAreTheSame(t *testing.T) {
	t.Parallel()
	if mask("anna@example.org") != mask("bert@example.org") || mask("male") != mask("female") {
		t.Error("two values of one form and length class can be told apart")
	}
}
