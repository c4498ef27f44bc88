package main

import (
	"strings"
	"testing"
)

func TestWhatNamesARecord(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"club.person QXZ0001": "club.person QXZ0001", "club.person/QXZ0001": "club.person QXZ0001",
		"event.tag a/b": "event.tag a/b", "event.tag/a/b": "event.tag a/b",
		"17": "17", "QXZ0001": "", "-1": "", "0": "", "": "",
	} {
		name, err := recordName(append(strings.Fields(args), "")[:max(1, len(strings.Fields(args)))])
		got := ""
		switch {
		case err != nil:
		case name.GetKey() != nil:
			got = name.GetKey().GetKind() + " " + name.GetKey().GetKey()
		default:
			got = "17"
			if name.GetEntityId() != 17 {
				got = "another"
			}
		}
		if got != want {
			t.Errorf("%q names %q, %v; want %q", args, got, err, want)
		}
	}
}
